/** A window in the memory of a kernel, which can only scan what lies there: a ring of two reads. */
import type { Kernel } from './kernel.js';
import type { Lent, Window } from './window.js';

/** Room in front of a read for the entity that the read before it has cut. */
const HEAD_BYTES = 64 * 1024;

/** Bytes of room that are worth a read: what streams usually bring at a time. */
const SMALLEST_ROOM = 64 * 1024;

/**
 * What comes next is read behind what is here, or where the memory ends at its front again, while what is here is
 * scanned. Of what was scanned only the entity that is cut is kept, and moved in front of what follows it. The memory
 * is one, so a batch that outlives its piece gets a copy.
 */
export class KernelWindow implements Window {
  start: number;
  end: number;
  offset: number;

  readonly #kernel: Kernel;
  readonly #recycle: boolean;
  /** Where the bytes that were reserved last lie, if not behind the end. */
  #front: number | undefined;

  /**
   * @param recycle as for a scanner
   * @param inputOffset of the first byte that will be accepted
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
    return this.#recycle ? { bytes, shift: 0 } : { bytes: Buffer.from(bytes.subarray(start, end)), shift: start };
  }

  reserve(size: number): Buffer {
    const kernel = this.#kernel;
    const worth = Math.min(size, SMALLEST_ROOM);
    const front = kernel.inputStart + HEAD_BYTES;
    kernel.growInput(2 * (HEAD_BYTES + size));
    this.#front = undefined;
    if (kernel.inputEnd - this.end < worth) {
      if (this.start - front >= worth) {
        this.#front = front;
        return kernel.bytes.subarray(front, Math.min(front + size, this.start));
      }
      // An entity that is larger than the ring: memory that grows is not moved, so it may take all it needs.
      kernel.growInput(this.end + size - kernel.inputStart);
    }
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
      // No room for so much in front: what came goes behind it.
      this.#kernel.growInput(this.end + length - this.#kernel.inputStart);
      this.#kernel.bytes.copyWithin(this.end, front, front + length);
      this.end += length;
    }
  }
}
