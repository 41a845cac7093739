/** Fresh memory, for bytes that may stay with others: they free it when they drop it, and nobody knows when. */
import { Buffer } from 'node:buffer';

// V8 counts it towards the limit at which it marks the whole heap. Collecting young objects frees it too, ten times as
// fast, but that is due when their space is full, and bytes for others come with few objects. So as many bytes of objects
// are made and dropped. With half as many, V8 often reaches its limit first once the space has grown: on Node 24 and 26, an
// envelope into a stream of the caller takes a quarter longer; with none, half as long again as that.

/** Bytes of memory for which objects are made at most: making them must not hold the event loop. */
const MOST_BESIDE = 4 * 1024 * 1024;

/** Elements of a dropped array, which is young as long as it has less than 128 KB. */
const ELEMENTS = 12_000;
const ARRAY_BYTES = 8 * ELEMENTS;

/** Memory that is freed once, so that up to twice as much stays with the process. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** The last array, and the bytes that the next one is due for; undefined before the first memory. */
const young: { array?: unknown[]; due?: number } = {};

/** Memory of so many bytes, with any content. */
export function freshMemory(size: number): Buffer {
  if (young.due === undefined) keepFreed();
  let due = (young.due ?? 0) + Math.min(size, MOST_BESIDE);
  for (; due >= ARRAY_BYTES; due -= ARRAY_BYTES) young.array = new Array(ELEMENTS);
  young.due = due;
  return Buffer.allocUnsafeSlow(size);
}

/**
 * glibc hands freed memory back to the system, from where it returns page by page and cleared, unless it is less than twice
 * the largest block that was freed before. No page of this block is ever used.
 */
function keepFreed(): void {
  // Node 20 lacks it.
  const transfer: unknown = Reflect.get(ArrayBuffer.prototype, 'transfer');
  if (typeof transfer === 'function') Reflect.apply(transfer, new ArrayBuffer(KEPT_BYTES), [0]);
}
