/** A window in the memory of a kernel, which can only scan what lies there. */
import type { Kernel } from './kernel.js';
import type { Lent, Window } from './window.js';

/** How many reads the memory has room for: what is kept is moved to the front once in so many. */
const READS = 4;

/** Bytes of room for which nothing is moved: what streams usually bring at a time. */
const SMALLEST_ROOM = 64 * 1024;

/** The kernel's memory is one, so a batch that outlives its piece gets a copy. */
export class KernelWindow implements Window {
  start: number;
  end: number;
  offset: number;

  readonly #kernel: Kernel;
  readonly #recycle: boolean;

  /** @param recycle as for a scanner */
  constructor(kernel: Kernel, recycle: boolean) {
    this.#kernel = kernel;
    this.#recycle = recycle;
    this.start = kernel.inputStart;
    this.end = kernel.inputStart;
    this.offset = -kernel.inputStart;
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
    if (kernel.inputEnd - this.end < Math.min(size, SMALLEST_ROOM)) this.#makeRoom(size);
    return kernel.bytes.subarray(this.end, Math.min(this.end + size, kernel.inputEnd));
  }

  /** Moves what is kept to the front; where that is most of it, gets more memory, so that a huge entity is moved rarely. */
  #makeRoom(size: number): void {
    const kernel = this.#kernel;
    const kept = this.end - this.start;
    const room = kernel.inputEnd - kernel.inputStart;
    if (kept > room / 2 || room < kept + size) kernel.growInput(kept > size ? 2 * kept + size : kept + READS * size);
    kernel.bytes.copyWithin(kernel.inputStart, this.start, this.end);
    this.offset += this.start - kernel.inputStart;
    this.start = kernel.inputStart;
    this.end = kernel.inputStart + kept;
  }
}
