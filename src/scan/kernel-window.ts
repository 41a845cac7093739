/** A window in the memory of a kernel, which can only scan its own memory: two halves for two reads. */
import { Lender } from '../terms/lent-memory.js';
import type { Kernel } from './kernel.js';
import type { Lent, Window } from './window.js';

/** Room before a half for the entity that the other half has cut: at first, and at most. */
const HEAD_BYTES = 64 * 1024;
const MOST_HEAD_BYTES = 2 * 1024 * 1024;

/** Smallest half: small reads follow one another in it. It has the usual size of a stream's chunk. */
const SMALLEST_HALF = 64 * 1024;

/**
 * The next read goes to the rest of the half of the memory that has the current bytes, or to the other half, while these
 * are scanned. Only the entity that is cut is kept, and moved before the bytes that follow it. There is one memory, so a
 * batch that outlives its piece gets a copy.
 */
export class KernelWindow implements Window {
  start: number;
  end: number;
  offset: number;

  readonly #kernel: Kernel;
  readonly #recycle: boolean;
  readonly #lender = new Lender();
  /** Bytes before a half; more once an entity needed more. */
  #head = HEAD_BYTES;
  /** Address of the bytes reserved last, if they are not after the end. */
  #other: number | undefined;

  /**
   * @param recycle as for a scanner
   * @param inputOffset offset of the first byte that will be accepted
   */
  constructor(kernel: Kernel, recycle: boolean, inputOffset = 0) {
    this.#kernel = kernel;
    this.#recycle = recycle;
    this.start = kernel.inputStart + HEAD_BYTES;
    this.end = this.start;
    this.offset = inputOffset - this.start;
  }

  get bytes(): Buffer {
    return this.#kernel.bytes;
  }

  lend(start: number, end: number): Lent {
    const { bytes } = this.#kernel;
    if (this.#recycle) return { bytes, shift: 0 };
    const lent = this.#lender.lend(end - start);
    bytes.copy(lent, 0, start, end);
    return { bytes: lent, shift: start };
  }

  reserve(size: number): Buffer {
    const kernel = this.#kernel;
    const half = Math.max(size, SMALLEST_HALF);
    const front = kernel.inputStart + this.#head;
    const middle = front + half + this.#head;
    kernel.growInput(2 * (this.#head + half));
    this.#other = undefined;
    const isInFront = this.end <= front + half;
    const rest = (isInFront ? front + half : kernel.inputEnd) - this.end;
    if (rest < size) {
      // A short read would be scanned before the next one has arrived.
      if (isInFront) return this.#reserveAt(middle, size);
      const free = this.start - front;
      if (free >= half / 2) return this.#reserveAt(front, Math.min(size, free));
      // An entity that is larger than a half: memory grows in place, so it may take all the room it needs.
      kernel.growInput(this.end + size - kernel.inputStart);
    }
    return kernel.bytes.subarray(this.end, this.end + size);
  }

  #reserveAt(address: number, size: number): Buffer {
    this.#other = address;
    return this.#kernel.bytes.subarray(address, address + size);
  }

  accept(length: number): void {
    const other = this.#other;
    this.#other = undefined;
    if (other === undefined) this.end += length;
    else this.#join(other, length);
  }

  /** Makes one piece of the entity that is cut and the bytes at another address. */
  #join(other: number, length: number): void {
    const { inputStart } = this.#kernel;
    const kept = this.end - this.start;
    if (kept > this.#head && kept <= MOST_HEAD_BYTES) this.#head = 2 ** Math.ceil(Math.log2(kept));
    // There is always room before the second half, of which the first is a part.
    const missing = Math.max(0, kept - (other - inputStart));
    if (missing === 0 || other + missing + length <= this.start) {
      if (missing > 0) this.#kernel.bytes.copyWithin(other + missing, other, other + length);
      this.#moveTo(other + missing - kept);
      this.end += length;
      return;
    }
    this.#kernel.growInput(this.end + length - inputStart);
    this.#kernel.bytes.copyWithin(this.end, other, other + length);
    this.end += length;
    this.#moveTo(inputStart);
  }

  /** Moves all bytes. */
  #moveTo(address: number): void {
    const by = address - this.start;
    this.#kernel.bytes.copyWithin(address, this.start, this.end);
    this.start += by;
    this.end += by;
    this.offset -= by;
  }
}
