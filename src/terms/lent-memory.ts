/** Memory that goes out with bytes, and is used again once they are given back. */
import { Buffer } from 'node:buffer';
import { freshMemory } from './fresh-memory.js';

// On Node 24 and later, fresh memory for every chunk sets off full collections. Lending is safe whoever receives the
// bytes: what is never given back stays with who has it, and is collected in the end.

/** Bytes below which new memory costs less than keeping account of it. */
const LEAST_LENT = 16 * 1024;

/** Spare memory that a lender keeps: as much as is out at a time. */
const MOST_SPARES = 4;

/** The lender of bytes that are out, and the memory that they are in. */
const LENT = new WeakMap<Uint8Array, { readonly lender: Lender; readonly memory: Buffer }>();

/** Lends memory, and takes it back. */
export class Lender {
  readonly #spares: Buffer[] = [];

  /** Memory of so many bytes, with any content. It can be given back once, by the object that is returned. */
  lend(size: number): Buffer {
    if (size < LEAST_LENT) return Buffer.allocUnsafe(size);
    let memory = this.#spares.pop();
    // No more than is needed, since it may never come back. Where it does, chunks of about the same size soon fit.
    if (!memory) memory = freshMemory(size);
    else if (memory.length < size) memory = freshMemory(size + (size >> 1));
    const bytes = memory.subarray(0, size);
    LENT.set(bytes, { lender: this, memory });
    return bytes;
  }

  /** Takes memory back. */
  takeBack(memory: Buffer): void {
    if (this.#spares.length < MOST_SPARES) this.#spares.push(memory);
  }
}

/** Whether the bytes can be given back. */
export function isLent(bytes: Uint8Array): boolean {
  return LENT.has(bytes);
}

/**
 * Gives bytes back to their lender, if they are lent: their memory will be overwritten. Only who knows that nobody else
 * has them may do so.
 */
export function giveBack(bytes: Uint8Array): void {
  const lent = LENT.get(bytes);
  if (!lent) return;
  LENT.delete(bytes);
  lent.lender.takeBack(lent.memory);
}

/** Lets whoever has the bytes keep them: they can no longer be given back. */
export function keepLent(bytes: Uint8Array): void {
  LENT.delete(bytes);
}

/** The first bytes of a piece of memory; if that is lent, they are given back in its place. */
export function firstOf(bytes: Buffer, length: number): Buffer {
  if (length === bytes.length) return bytes;
  const first = bytes.subarray(0, length);
  const lent = LENT.get(bytes);
  if (lent) {
    LENT.delete(bytes);
    LENT.set(first, lent);
  }
  return first;
}
