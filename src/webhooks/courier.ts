/** Delivers webhooks: what is due, at once and after delays that grow, until it is accepted or given up. */
import { DueWork } from '../loop/due-work.js';
import { messageOf } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { Delivery, DeliveryChange, DeliveryStore } from './delivery.js';
import { type Sent, sendWebhook } from './send-webhook.js';
import { signedHeaders } from './signature.js';
import type { WebhookOptions } from './webhook-options.js';

const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;

/** Attempts at a time: of one tenant, beyond which its other deliveries wait, and of all. */
const [AT_ONCE_OF_TENANT, AT_ONCE] = [8, 100];

/** Time that an attempt may take beyond its limit before another process repeats it, in milliseconds. */
const LEASE_MS = 2000;

/** What a courier needs. */
export interface CourierParts {
  readonly store: DeliveryStore;
  readonly options: WebhookOptions;
  /** The secret of a tenant. */
  readonly secretOf: (tenant: string) => Promise<string>;
  /** A clock in milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Works from `start` to `close`. */
export class Courier {
  readonly #parts: CourierParts;
  readonly #closing = new AbortController();
  readonly #work: DueWork;
  /** The attempts that have begun, and how many each tenant has. */
  readonly #attempts = new Set<Promise<void>>();
  readonly #ofTenant = new Map<string, number>();

  constructor(parts: CourierParts) {
    this.#parts = parts;
    const { store, now } = parts;
    this.#work = new DueWork({
      doDue: () => this.#begin(),
      // While all places are taken nothing can begin; the end of an attempt wakes the loop.
      nextAt: async () => (this.#attempts.size < AT_ONCE ? store.nextAt(this.#busy()) : undefined),
      now,
      onError: (cause) => this.#report(cause),
    });
  }

  start(): void {
    this.#work.start();
  }

  /** Looks for deliveries at once: a job has ended. */
  wake(): void {
    this.#work.wake();
  }

  /** Ends the attempts; they are repeated by the next process. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#work.close();
    await Promise.all(this.#attempts);
  }

  /** Begins attempts, and does not wait for them: a receiver that is slow delays no other one. Failures are stored, not thrown. */
  async #begin(): Promise<number> {
    const { store, now, options } = this.#parts;
    const { timeoutMs = 10 * SECOND_MS, maxDelayMs = HOUR_MS } = options;
    const leaseMs = timeoutMs + LEASE_MS;
    const free = Math.min(AT_ONCE_OF_TENANT, AT_ONCE - this.#attempts.size);
    if (free <= 0) return 0;
    const time = now();
    const due = await store.claim(time, leaseMs, free, this.#busy(), time + Math.max(maxDelayMs, leaseMs));
    for (const delivery of due) this.#follow(delivery.tenant, this.#attempt(delivery, timeoutMs));
    return due.length;
  }

  /** Tenants that have their share of attempts. */
  #busy(): readonly string[] {
    return [...this.#ofTenant].filter(([, attempts]) => attempts >= AT_ONCE_OF_TENANT).map(([tenant]) => tenant);
  }

  /** Counts an attempt until it has ended. */
  #follow(tenant: string, attempt: Promise<void>): void {
    this.#ofTenant.set(tenant, (this.#ofTenant.get(tenant) ?? 0) + 1);
    const followed = attempt
      .catch((cause: unknown) => this.#report(cause))
      .finally(() => {
        this.#attempts.delete(followed);
        const left = (this.#ofTenant.get(tenant) ?? 1) - 1;
        if (left > 0) this.#ofTenant.set(tenant, left);
        else this.#ofTenant.delete(tenant);
        this.#work.wake();
      });
    this.#attempts.add(followed);
  }

  #report(cause: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#parts.logger.error({ reason: messageOf(cause), err: cause }, 'webhooks could not be delivered');
  }

  async #attempt(delivery: Delivery, timeoutMs: number): Promise<void> {
    const { store, options, secretOf, now, logger } = this.#parts;
    const { id, tenant, url, attempts } = delivery;
    const body = bodyOf(delivery);
    const headers = signedHeaders(await secretOf(tenant), id, Math.floor(now() / SECOND_MS), body);
    const { signal } = this.#closing;
    const sent = await sendWebhook(url, {
      headers,
      body,
      timeoutMs,
      allowPrivate: options.allowPrivate ?? false,
      signal,
    });
    const change: DeliveryChange =
      sent.kind === 'refused' && signal.aborted
        ? { state: 'pending', nextAt: now() }
        : changeOf(delivery, sent, options, now());
    if (sent.kind === 'refused' && !signal.aborted) {
      const facts = { delivery: id, tenant, job: delivery.job.id, attempts, reason: sent.why };
      logger.warn(facts, change.state === 'failed' ? 'a webhook was given up' : 'a webhook was not accepted');
    }
    await store.settle(id, attempts, change);
  }
}

/** The body: the same bytes in each attempt. */
function bodyOf({ tenant, job }: Pick<Delivery, 'tenant' | 'job'>): string {
  const { id, state, createdAt, endedAt, read, written, error } = job;
  return JSON.stringify({
    type: 'job.settled',
    timestamp: new Date(endedAt).toISOString(),
    data: { id, tenant, state, createdAt: new Date(createdAt).toISOString(), read, written, error },
  });
}

function changeOf(delivery: Delivery, sent: Sent, options: WebhookOptions, now: number): DeliveryChange {
  if (sent.kind === 'accepted') return { state: 'delivered', endedAt: now };
  const { minDelayMs = 5 * SECOND_MS, maxDelayMs = HOUR_MS, giveUpMs = 24 * HOUR_MS } = options;
  const { attempts, createdAt } = delivery;
  const delay = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(attempts - 1, 40));
  // Many deliveries that fail together must not be repeated together.
  const nextAt = now + Math.ceil(delay * (0.75 + Math.random() / 4));
  if (sent.isGone || nextAt > createdAt + giveUpMs) return { state: 'failed', endedAt: now, error: sent.why };
  return { state: 'pending', nextAt, error: sent.why };
}
