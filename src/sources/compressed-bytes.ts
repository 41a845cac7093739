/** The bytes of a compressed input, read in pieces of any size, the last of which can be pushed back. */

/** Bytes per read. */
const READ_BYTES = 64 * 1024;

/** Smallest memory: sizes in `/proc` and `/sys` mean nothing, and files grow. */
const LEAST_BYTES = 1024;

/** Takes bytes from a reader. A chunk is valid until more bytes are taken. */
export class CompressedBytes {
  readonly #read: (into: Buffer) => Promise<number>;
  readonly #size: number;
  readonly #memory: Buffer;
  #start = 0;
  #end = 0;
  #taken = 0;

  /** @param size of the input, if it is known */
  constructor(read: (into: Buffer) => Promise<number>, size = Number.POSITIVE_INFINITY) {
    this.#read = read;
    this.#size = size;
    this.#memory = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(LEAST_BYTES, size)));
  }

  /** Offset of the next byte in the input. */
  get offset(): number {
    return this.#taken;
  }

  /** The reader begins at this offset. */
  startAt(offset: number): void {
    this.#taken = offset;
  }

  /** All available bytes, at least one; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    if (!(await this.#fill())) return undefined;
    return this.#advance(this.#end - this.#start);
  }

  /** All bytes to the end of an input that fits into the memory; undefined for others. `skip` passes those that are used. */
  async whole(): Promise<Buffer | undefined> {
    if (this.#size > this.#memory.length) return undefined;
    this.#memory.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#taken + this.#end < this.#size) {
      const length = await this.#read(this.#memory.subarray(this.#end));
      if (length === 0) break;
      this.#end += length;
    }
    return this.#memory.subarray(0, this.#end);
  }

  /** Passes bytes that are there. */
  skip(length: number): void {
    this.#advance(length);
  }

  /** `length` bytes, fewer at the end. */
  async take(length: number): Promise<Buffer> {
    if (this.#end - this.#start >= length) return Buffer.from(this.#advance(length));
    const parts: Buffer[] = [];
    for (let left = length; left > 0 && (await this.#fill()); ) {
      // A copy, since filling overwrites the memory.
      const part = Buffer.from(this.#advance(Math.min(left, this.#end - this.#start)));
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skipZeros(): Promise<void> {
    while (await this.#fill()) {
      const there = this.#memory.subarray(this.#start, this.#end);
      const other = there.findIndex((byte) => byte !== 0);
      this.#advance(other < 0 ? there.length : other);
      if (other >= 0) return;
    }
  }

  /** Pushes back the last bytes of the last chunk. */
  pushBack(length: number): void {
    this.#start -= length;
    this.#taken -= length;
  }

  #advance(length: number): Buffer {
    const chunk = this.#memory.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#taken += length;
    return chunk;
  }

  async #fill(): Promise<boolean> {
    if (this.#start < this.#end) return true;
    this.#start = 0;
    this.#end = 0;
    this.#end = await this.#read(this.#memory);
    return this.#end > 0;
  }
}
