/** Deliveries of webhooks in LMDB. */
import type { Database, RootDatabase } from 'lmdb';
import { parseText } from '../scan/decode-value.js';
import type { Delivery, DeliveryChange, DeliveryPage, DeliveryQuery, DeliveryStore } from '../webhooks/delivery.js';
import type { DurableWrites } from './durable-writes.js';
import { earliest } from './fair-queue.js';
import type { JobRow } from './job-row.js';
import { cursorOf, newestFirst, type OrderKey } from './newest-first.js';
import { newDeliveries } from './settled-job.js';

/** Tenant, time, id: the order in which deliveries of a tenant are due. */
type DueKey = [tenant: string, at: number, id: string];

/** Deliveries that one transaction deletes. */
const FORGOTTEN_AT_ONCE = 500;

/** Each change is one transaction; `add` belongs to that of a job's end. */
export class EmbeddedDeliveries implements DeliveryStore {
  readonly #writes: DurableWrites;
  /** JSON text by id. */
  readonly #deliveries: Database<string, string>;
  readonly #order: Database<true, OrderKey>;
  /** When a pending one of a tenant is due, and when another one has ended, each with the id. */
  readonly #due: Database<true, DueKey>;
  readonly #ended: Database<true, [at: number, id: string]>;

  constructor(root: RootDatabase, writes: DurableWrites) {
    this.#writes = writes;
    this.#deliveries = root.openDB({ name: 'deliveries', encoding: 'string' });
    this.#order = root.openDB({ name: 'delivery-order' });
    this.#due = root.openDB({ name: 'deliveries-due-of-tenants' });
    this.#ended = root.openDB({ name: 'deliveries-ended' });
  }

  /** Adds the deliveries of a job that has ended; within the transaction that ends it. */
  add(row: JobRow): void {
    for (const delivery of newDeliveries(row)) {
      this.#put(undefined, delivery);
      this.#order.put([delivery.tenant, delivery.createdAt, delivery.id], true);
    }
  }

  async claim(
    now: number,
    leaseMs: number,
    limit: number,
    except: readonly string[] = [],
    latest = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly Delivery[]> {
    this.#writes.requireOpen();
    const due = () => this.#dueAt(now, latest, limit, except);
    if (due().length === 0) return [];
    return this.#writes.write(() =>
      due().flatMap(([, , id]) => {
        const before = this.#read(id);
        if (!before) return [];
        const after = { ...before, attempts: before.attempts + 1, nextAt: now + leaseMs };
        this.#put(before, after);
        return [after];
      }),
    );
  }

  /** The first keys of what is due, and of what is due later than anything that was stored under this clock. */
  #dueAt(now: number, latest: number, limit: number, except: readonly string[]): readonly DueKey[] {
    const keys: DueKey[] = [];
    const firsts = [...this.#firsts(except)].sort(([, one], [, other]) => one - other);
    for (const [from, to] of [
      [0, now],
      [latest + 1, Number.MAX_SAFE_INTEGER],
    ]) {
      for (const [tenant, at] of firsts) {
        if (keys.length >= limit) return keys;
        // A tenant whose first is not due has none in the first range.
        if (at > to) break;
        const range = { start: [tenant, from, ''], end: [tenant, to, '~'], limit: limit - keys.length };
        keys.push(...this.#due.getKeys(range));
      }
    }
    return keys;
  }

  async settle(id: string, attempt: number, change: DeliveryChange): Promise<void> {
    await this.#writes.write(() => {
      const before = this.#read(id);
      if (!before || before.attempts !== attempt || before.state !== 'pending') return;
      const { nextAt: _, error: _error, ...rest } = before;
      this.#put(before, { ...rest, ...change });
    });
  }

  async nextAt(except: readonly string[] = []): Promise<number | undefined> {
    this.#writes.requireOpen();
    return earliest([...this.#firsts(except)].map(([, at]) => at));
  }

  /** The first pending delivery of each tenant: what others of it wait for does not cost anything. */
  *#firsts(except: readonly string[]): Generator<DueKey, void> {
    const left = new Set(except);
    let start: DueKey = ['', 0, ''];
    for (;;) {
      const [first] = this.#due.getKeys({ start, limit: 1 });
      if (!first) return;
      if (!left.has(first[0])) yield first;
      start = [first[0], Number.MAX_SAFE_INTEGER, '~'];
    }
  }

  async list(
    tenant: string,
    { state, limit, after }: DeliveryQuery & { readonly limit: number },
  ): Promise<DeliveryPage> {
    this.#writes.requireOpen();
    const deliveries: Delivery[] = [];
    let last: OrderKey | undefined;
    for await (const key of newestFirst(this.#order, tenant, after)) {
      const delivery = this.#read(key[2]);
      if (delivery && (state === undefined || delivery.state === state)) {
        if (last && deliveries.length === limit) return { deliveries, next: cursorOf(last) };
        deliveries.push(delivery);
      }
      last = key;
    }
    return { deliveries };
  }

  redeliver(tenant: string, id: string, now: number): Promise<Delivery | undefined> {
    return this.#writes.write(() => {
      const before = this.#read(id);
      if (before?.tenant !== tenant) return undefined;
      const { endedAt: _, error: _error, ...rest } = before;
      const after: Delivery = { ...rest, state: 'pending', createdAt: now, attempts: 0, nextAt: now };
      this.#put(before, after);
      this.#order.remove([tenant, before.createdAt, id]);
      this.#order.put([tenant, now, id], true);
      return after;
    });
  }

  async forget(before: number): Promise<void> {
    const forgotten = await this.#writes.write(() => {
      const keys = [...this.#ended.getKeys({ end: [before, ''], limit: FORGOTTEN_AT_ONCE })];
      for (const [, id] of keys) {
        const delivery = this.#read(id);
        if (!delivery) continue;
        this.#put(delivery, undefined);
        this.#order.remove([delivery.tenant, delivery.createdAt, id]);
      }
      return keys.length;
    });
    if (forgotten === FORGOTTEN_AT_ONCE) await this.forget(before);
  }

  #read(id: string): Delivery | undefined {
    const text = this.#deliveries.get(id);
    return text === undefined ? undefined : deliveryIn(parseText(text));
  }

  /** Replaces a delivery, and its places in the indexes. */
  #put(before: Delivery | undefined, after: Delivery | undefined): void {
    if (before?.nextAt !== undefined) this.#due.remove([before.tenant, before.nextAt, before.id]);
    if (before?.endedAt !== undefined) this.#ended.remove([before.endedAt, before.id]);
    if (after) this.#deliveries.put(after.id, JSON.stringify(after));
    else if (before) this.#deliveries.remove(before.id);
    if (after?.nextAt !== undefined) this.#due.put([after.tenant, after.nextAt, after.id], true);
    if (after?.endedAt !== undefined) this.#ended.put([after.endedAt, after.id], true);
  }
}

/** Only this file writes the texts. */
function deliveryIn(value: unknown): Delivery | undefined {
  return isDelivery(value) ? value : undefined;
}

function isDelivery(value: unknown): value is Delivery {
  return typeof value === 'object' && value !== null && 'id' in value && 'job' in value && 'url' in value;
}
