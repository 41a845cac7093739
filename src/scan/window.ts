/** The bytes of an input that are in memory: what is unfinished, and room for what comes next. */

/** Bytes of room for which no memory is moved: what streams usually bring at a time. */
const SMALLEST_ROOM = 64 * 1024;

/** The bytes of a window that a batch may keep, and by how much they lie further in front than in the window. */
export interface Lent {
  readonly bytes: Buffer;
  readonly shift: number;
}

/** Fills with bytes at its end and gives them up at its start; keeps offsets of the whole input. */
export interface Window {
  /** The memory; only `[start, end)` counts. */
  readonly bytes: Buffer;
  /** First byte that is still wanted. */
  start: number;
  /** Behind the last byte that is here. */
  end: number;
  /** Offset in the input of `bytes[0]`; below zero where the input began further behind. */
  readonly offset: number;
  /** Room for up to `size` more bytes behind the end. Offsets into `bytes` taken before are void. */
  reserve(size: number): Buffer;
  /** Takes the first `length` bytes of the room reserved last. Offsets taken before are void. */
  accept(length: number): void;
  /** Lends `[start, end)` to a batch. */
  lend(start: number, end: number): Lent;
}

/** A window in memory of its own. */
export class BufferWindow implements Window {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  offset: number;

  readonly #recycle: boolean;
  #lent = false;

  /**
   * @param recycle every batch that points into the window is used up before `reserve` is called again, so that
   *   its memory may be written over; otherwise lent memory is left to its batches
   * @param inputOffset of the first byte that will be accepted
   */
  constructor(recycle: boolean, inputOffset = 0) {
    this.#recycle = recycle;
    this.offset = inputOffset;
  }

  accept(length: number): void {
    this.end += length;
  }

  lend(): Lent {
    this.#lent = true;
    return { bytes: this.bytes, shift: 0 };
  }

  reserve(size: number): Buffer {
    // What lies behind the end was never lent, so that small reads may share one memory.
    if (this.bytes.length - this.end < Math.min(size, SMALLEST_ROOM)) this.#move(size);
    return this.bytes.subarray(this.end, this.end + size);
  }

  /** Makes room by moving what is kept to the front, of this memory or of a new one. */
  #move(size: number): void {
    const kept = this.end - this.start;
    const reusable = this.#recycle || !this.#lent;
    let target = this.bytes;
    if (!reusable || kept > target.length / 2 || target.length < size) {
      // An entity that outgrows its memory gets twice as much, so that a huge one is copied a few times only.
      target = Buffer.allocUnsafeSlow(size + (kept > size ? 2 * kept : kept));
      this.#lent = false;
    }
    this.bytes.copy(target, 0, this.start, this.end);
    this.offset += this.start;
    this.bytes = target;
    this.start = 0;
    this.end = kept;
  }
}
