/** The bytes of an input that are in memory: what is unfinished, and room for what comes next. */

/** Fills with bytes at its end and gives them up at its start; keeps offsets of the whole input. */
export class Window {
  /** The memory; only `[start, end)` counts. */
  bytes: Buffer = Buffer.alloc(0);
  /** First byte that is still wanted. */
  start = 0;
  /** Behind the last byte that is here. */
  end = 0;
  /** Offset in the input of `bytes[0]`. */
  offset = 0;

  readonly #recycle: boolean;
  #lent = false;

  /**
   * @param recycle every batch that points into the window is used up before `reserve` is called again, so that
   *   its memory may be written over; otherwise lent memory is left to its batches
   */
  constructor(recycle: boolean) {
    this.#recycle = recycle;
  }

  /** A batch points into the memory now. */
  lend(): void {
    this.#lent = true;
  }

  /** Room for `size` more bytes behind the end. Offsets into `bytes` taken before are void. */
  reserve(size: number): Buffer {
    const reusable = this.#recycle || !this.#lent;
    if (!reusable || this.bytes.length - this.end < size) this.#move(size, reusable);
    return this.bytes.subarray(this.end, this.end + size);
  }

  #move(size: number, reusable: boolean): void {
    const kept = this.end - this.start;
    let target = this.bytes;
    if (!reusable || target.length - kept < size) {
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
