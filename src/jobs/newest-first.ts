/** The order of lists in LMDB: the newest first, a page after the other. */
import type { Database } from 'lmdb';
import { unknownAfter } from './job-arguments.js';

/** Tenant, time of submission or addition, id. */
export type OrderKey = [tenant: string, createdAt: number, id: string];

/** Keys that are read at once. */
const KEYS_AT_ONCE = 256;

/** Where the newest of a tenant begin. */
const NEWEST: [createdAt: number, id: string] = [Number.MAX_SAFE_INTEGER, '~'];

/**
 * Yields the keys of a tenant.
 * @param after the cursor of the last key of the page before
 * @throws SluiceError `INVALID` for a cursor that is none
 */
export async function* newestFirst(
  order: Database<true, OrderKey>,
  tenant: string,
  after?: string,
): AsyncGenerator<OrderKey, void> {
  let start: OrderKey = [tenant, ...(after === undefined ? NEWEST : placeIn(after))];
  for (;;) {
    const range = { start, end: [tenant, 0, ''], reverse: true, limit: KEYS_AT_ONCE };
    const keys: OrderKey[] = await order.getKeys(range).asArray;
    const [, , known] = start;
    for (const key of keys) if (key[2] !== known) yield key;
    if (keys.length < KEYS_AT_ONCE) return;
    start = keys[keys.length - 1];
  }
}

/** The key as the cursor of a page. */
export function cursorOf([, createdAt, id]: OrderKey): string {
  return `${createdAt}.${id}`;
}

function placeIn(cursor: string): [createdAt: number, id: string] {
  const [, time, id] = /^(-?\d{1,16})\.([\w-]{1,100})$/.exec(cursor) ?? [];
  if (time === undefined) throw unknownAfter();
  return [Number(time), id];
}
