/** Rows that wait to be read, as lines: blocks of whole rows, each with the key of its last one. */
import { RowDecoder, type RowShape } from './row-decoder.js';

/** Whole rows. */
export interface RowBlock {
  /** Of which only the first `length` bytes count. */
  readonly memory: Buffer;
  readonly length: number;
  /** Of the last row. */
  readonly key: readonly string[];
}

/** Bytes of a block; a row that is larger has one of its own. */
const BLOCK_BYTES = 64 * 1024;

/** Blocks whose memory is kept for others. */
const MOST_SPARE = 16;

/** Turns messages of a COPY into blocks: the driver uses the memory of a message again at once. */
export class RowBlocks {
  /** Bytes that wait. */
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
   * Adds the row of a message, if it holds one.
   * @throws SluiceError for one that is none of an entity
   */
  add(message: Buffer): void {
    // The key of the block, should the row find no more room in it.
    const room = (this.#memory?.length ?? 0) - this.#length;
    if (this.#length > 0 && message.length > room) this.#close();
    const length = this.#decoder.accept(message);
    if (length === 0) return;
    if (!this.#memory || this.#memory.length < length) this.#memory = this.#room(length);
    this.#length = this.#decoder.write(this.#memory, this.#length);
    this.bytes += length;
  }

  /** The next block; the one that is being filled where there is no other, and undefined where nothing waits. */
  take(): RowBlock | undefined {
    if (this.#full.length === 0 && this.#length > 0) this.#close();
    const block = this.#full.shift();
    if (block) this.bytes -= block.length;
    return block;
  }

  /** Gives the memory of a block back, which is used up. */
  giveBack({ memory }: RowBlock): void {
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
