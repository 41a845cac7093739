/** Deliveries of webhooks in PostgreSQL; a trigger adds them. */
import type {
  Delivery,
  DeliveryChange,
  DeliveryPage,
  DeliveryQuery,
  DeliveryState,
  DeliveryStore,
  SettledJob,
} from '../../webhooks/delivery.js';
import { unknownAfter } from '../job-arguments.js';
import type { Database } from './database.js';
import { numberOf } from './job-record.js';
import {
  claimDeliveries,
  forgetDeliveries,
  listDeliveries,
  nextDelivery,
  redeliver,
  settleDelivery,
} from './statements/deliveries.js';

/** The columns; bigint columns arrive as digits. */
interface DeliveryRecord {
  readonly id: string;
  readonly number: string;
  readonly tenant: string;
  readonly url: string;
  readonly job: Omit<SettledJob, 'error'> & { readonly error: string | null };
  readonly state: DeliveryState;
  readonly created_at: string;
  readonly next_at: string | null;
  readonly ended_at: string | null;
  readonly attempts: number;
  readonly error: string | null;
}

/** Each claim is exclusive among all processes. */
export class PostgresDeliveries implements DeliveryStore {
  readonly #database: Database;
  readonly #schema: string;

  /** @param schema an escaped identifier */
  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
  }

  claim(
    now: number,
    leaseMs: number,
    limit: number,
    except: readonly string[] = [],
    latest = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly Delivery[]> {
    return this.#deliveries(claimDeliveries(this.#schema), [now, now + leaseMs, limit, except, latest]);
  }

  async settle(id: string, attempt: number, change: DeliveryChange): Promise<void> {
    const nextAt = change.state === 'pending' ? change.nextAt : null;
    const endedAt = change.state === 'pending' ? null : change.endedAt;
    const error = change.state === 'delivered' ? null : (change.error ?? null);
    await this.#database.run(settleDelivery(this.#schema), [id, attempt, change.state, nextAt, endedAt, error]);
  }

  async nextAt(except: readonly string[] = []): Promise<number | undefined> {
    const [row] = await this.#database.run<Pick<DeliveryRecord, 'next_at'>>(nextDelivery(this.#schema), [except]);
    return numberOf(row?.next_at ?? null);
  }

  async list(
    tenant: string,
    { state, limit, after }: DeliveryQuery & { readonly limit: number },
  ): Promise<DeliveryPage> {
    if (after !== undefined && !/^\d{1,18}$/.test(after)) throw unknownAfter();
    // One row more than wanted tells whether there are more.
    const values = [tenant, state ?? null, after ?? null, limit + 1];
    const records = await this.#database.run<DeliveryRecord>(listDeliveries(this.#schema), values);
    const page = records.slice(0, limit);
    const deliveries = page.map(deliveryOf);
    return records.length > limit ? { deliveries, next: page.at(-1)?.number } : { deliveries };
  }

  async redeliver(tenant: string, id: string, now: number): Promise<Delivery | undefined> {
    const [delivery] = await this.#deliveries(redeliver(this.#schema), [tenant, id, now]);
    return delivery;
  }

  async forget(before: number): Promise<void> {
    await this.#database.run(forgetDeliveries(this.#schema), [before]);
  }

  async #deliveries(text: string, values: readonly unknown[]): Promise<readonly Delivery[]> {
    return (await this.#database.run<DeliveryRecord>(text, values)).map(deliveryOf);
  }
}

function deliveryOf(record: DeliveryRecord): Delivery {
  const { id, tenant, url, job, state, attempts } = record;
  return {
    id,
    tenant,
    url,
    state,
    attempts,
    job: { ...job, error: job.error ?? undefined },
    createdAt: Number(record.created_at),
    nextAt: numberOf(record.next_at),
    endedAt: numberOf(record.ended_at),
    error: record.error ?? undefined,
  };
}
