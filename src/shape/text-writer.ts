/** Memory for the texts of one batch, which grows with them. */

const FIRST_BYTES = 64 * 1024;

/** Bytes up to which a loop is faster than a call of `copy`. */
const SHORT = 40;

/** Writes pieces of text one after the other. */
export class TextWriter {
  target: Buffer = Buffer.alloc(0);
  length = 0;
  readonly #recycle: boolean;

  /** @param recycle a batch is consumed before the next one begins, so that its memory may be reused */
  constructor(recycle: boolean) {
    this.#recycle = recycle;
  }

  /** Begins a batch. */
  begin(): void {
    this.length = 0;
    if (!this.#recycle) this.target = Buffer.alloc(0);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    if (end - start > SHORT) {
      this.length += bytes.copy(this.target, this.length, start, end);
      return;
    }
    const { target } = this;
    let to = this.length;
    for (let at = start; at < end; at++) target[to++] = bytes[at];
    this.length = to;
  }

  put(text: Buffer): void {
    this.copy(text, 0, text.length);
  }

  putByte(byte: number): void {
    this.#reserve(1);
    this.target[this.length++] = byte;
  }

  #reserve(size: number): void {
    if (this.length + size <= this.target.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * (this.length + size)));
    this.target.copy(larger, 0, 0, this.length);
    this.target = larger;
  }
}
