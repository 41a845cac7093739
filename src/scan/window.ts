/** The bytes of an input in memory: the unfinished ones, and room for the next ones. */

/** Smallest room for which no memory is moved: the usual size of a stream's chunk. */
const SMALLEST_ROOM = 64 * 1024;

/** Bytes that a batch may keep, and how much further to the front they are than in the window. */
export interface Lent {
  readonly bytes: Buffer;
  readonly shift: number;
}

/** Gains bytes at its end and drops them at its start; keeps offsets of the complete input. */
export interface Window {
  /** The memory; only `[start, end)` counts. */
  readonly bytes: Buffer;
  /** First byte that is still wanted. */
  start: number;
  /** After the last available byte. */
  end: number;
  /** Offset in the input of `bytes[0]`; negative if the input begins further back. */
  offset: number;
  /** Returns room for up to `size` more bytes after the end. Earlier offsets into `bytes` are no longer valid. */
  reserve(size: number): Buffer;
  /** Accepts the first `length` bytes of the room reserved last. Earlier offsets are no longer valid. */
  accept(length: number): void;
  /** Lends `[start, end)` to a batch. */
  lend(start: number, end: number): Lent;
}

/** A window in a separate buffer. */
export class BufferWindow implements Window {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  offset: number;

  readonly #recycle: boolean;
  #lent = false;

  /**
   * @param recycle every batch that points into the window is consumed before `reserve` is called again, so that its
   * memory may be overwritten; otherwise lent memory belongs to its batches
   * @param inputOffset offset of the first byte that will be accepted
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
    // Bytes after the end were never lent, so that small reads may share one memory.
    if (this.bytes.length - this.end < Math.min(size, SMALLEST_ROOM)) this.#move(size);
    return this.bytes.subarray(this.end, this.end + size);
  }

  /** Makes room by moving the kept bytes to the front, of this memory or of a new one. */
  #move(size: number): void {
    const kept = this.end - this.start;
    const reusable = this.#recycle || !this.#lent;
    let target = this.bytes;
    if (!reusable || kept > target.length / 2 || target.length < size) {
      // An entity that outgrows its memory gets twice as much, so that a large one is copied only a few times.
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
