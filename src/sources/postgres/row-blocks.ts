/** Buffers rows as lines: blocks of complete rows, each with the key of its last one. */
import { RowDecoder, type RowShape } from './row-decoder.js';

/** Complete rows. */
export interface RowBlock {
  /** Only its first `length` bytes count. */
  readonly memory: Buffer;
  readonly length: number;
  /** Key of the last row. */
  readonly key: readonly string[];
}

/** Bytes of a block; a larger row has its own block. */
const BLOCK_BYTES = 64 * 1024;

/** Blocks whose memory is kept for reuse. */
const MOST_SPARE = 16;

/** Copies messages of a COPY to blocks: the driver reuses the memory of a message at once. */
export class RowBlocks {
  /** Buffered bytes. */
  bytes = 0;
  readonly #decoder: RowDecoder;
  #full: RowBlock[] = [];
  #memory: Buffer | undefined;
  #length = 0;
  readonly #spare: Buffer[] = [];

  constructor(shape: RowShape) {
    this.#decoder = new RowDecoder(shape);
  }

  /**
   * Adds the row of a message, if it has one.
   * @throws SluiceError for a row without an entity
   */
  add(message: Buffer): void {
    // The key of the block, if the row does not fit into it.
    const room = (this.#memory?.length ?? 0) - this.#length;
    if (this.#length > 0 && message.length > room) this.#close();
    const length = this.#decoder.accept(message);
    if (length === 0) return;
    if (!this.#memory || this.#memory.length < length) this.#memory = this.#room(length);
    this.#length = this.#decoder.write(this.#memory, this.#length);
    this.bytes += length;
  }

  /** The next block; the unfinished one if there is no other, and undefined if nothing is buffered. */
  take(): RowBlock | undefined {
    if (this.#full.length === 0 && this.#length > 0) this.#close();
    const block = this.#full.shift();
    if (block) this.bytes -= block.length;
    return block;
  }

  /** Returns the memory of a consumed block. */
  release({ memory }: RowBlock): void {
    if (memory.length === BLOCK_BYTES && this.#spare.length < MOST_SPARE) this.#spare.push(memory);
  }

  #close(): void {
    if (!this.#memory) return;
    this.#full.push({ memory: this.#memory, length: this.#length, key: this.#decoder.key() });
    this.#memory = undefined;
    this.#length = 0;
  }

  #room(length: number): Buffer {
    if (length > BLOCK_BYTES) return Buffer.allocUnsafeSlow(length);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }
}
