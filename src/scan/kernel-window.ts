/** A window in the memory of a kernel, which can only scan its own memory: a ring of two reads. */
import { Lender } from '../terms/lent-memory.js';
import type { Kernel } from './kernel.js';
import type { Lent, Window } from './window.js';

/** Room before a read for the entity that the previous read has cut. */
const HEAD_BYTES = 64 * 1024;

/** Smallest room that is worth a read: the usual size of a stream's chunk. */
const SMALLEST_ROOM = 64 * 1024;

/**
 * The next read goes after the current bytes, or to the front of the memory when its end is reached, while the current
 * bytes are scanned. Only the entity that is cut is kept, and moved before the bytes that follow it. There is one memory,
 * so a batch that outlives its piece gets a copy.
 */
export class KernelWindow implements Window {
  start: number;
  end: number;
  offset: number;

  readonly #kernel: Kernel;
  readonly #recycle: boolean;
  readonly #lender = new Lender();
  /** Address of the bytes reserved last, if they are not after the end. */
  #front: number | undefined;

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
    const worth = Math.min(size, SMALLEST_ROOM);
    const front = kernel.inputStart + HEAD_BYTES;
    kernel.growInput(2 * (HEAD_BYTES + size));
    this.#front = undefined;
    const room = kernel.inputEnd - this.end;
    if (room < size && this.start - front >= Math.max(worth, room)) {
      // A short read at the end of the memory would be scanned before the next one has arrived.
      this.#front = front;
      return kernel.bytes.subarray(front, Math.min(front + size, this.start));
    }
    // An entity that is larger than the ring: memory grows in place, so it may take all the room it needs.
    if (room < worth) kernel.growInput(this.end + size - kernel.inputStart);
    return kernel.bytes.subarray(this.end, Math.min(this.end + size, kernel.inputEnd));
  }

  accept(length: number): void {
    const front = this.#front;
    this.#front = undefined;
    const kept = this.end - this.start;
    if (front === undefined) {
      this.end += length;
    } else if (kept <= HEAD_BYTES) {
      this.#kernel.bytes.copyWithin(front - kept, this.start, this.end);
      this.offset += this.end - front;
      this.start = front - kept;
      this.end = front + length;
    } else {
      // There is no room before the new bytes for the cut entity, so they are moved after it.
      this.#kernel.growInput(this.end + length - this.#kernel.inputStart);
      this.#kernel.bytes.copyWithin(this.end, front, front + length);
      this.end += length;
    }
  }
}
