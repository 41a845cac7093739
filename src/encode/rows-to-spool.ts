/** Moves rows to a spool while the next ones are made. */
import type { Spool } from '../terms/spool.js';

/** Bytes of rows in memory at the beginning. */
export const FIRST_ROW_BYTES = 640 * 1024;

/** Two buffers in turns: one is filled while the other is written. */
export class RowsToSpool {
  readonly #spool: Spool;
  #writing: Promise<void> | undefined;
  #spare: Buffer | undefined;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /**
   * Begins to write the first `length` bytes, once those before are written.
   * @returns the buffer to fill next, which is the given one if it is empty
   * @throws whatever writing the bytes before has failed with (rejects)
   */
  async write(rows: Buffer, length: number): Promise<Buffer> {
    await this.#writing;
    if (length === 0) return rows;
    const next = this.#spare ?? Buffer.allocUnsafe(FIRST_ROW_BYTES);
    this.#spare = undefined;
    this.#writing = this.#write(rows, length);
    // The next call, or the reader of the spool, gets its failure.
    this.#writing.catch(() => {});
    return next;
  }

  /** Waits for the last write, and closes the spool. */
  async close(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#spool.close();
  }

  async #write(rows: Buffer, length: number): Promise<void> {
    await this.#spool.write(rows.subarray(0, length));
    this.#spare = rows;
  }
}
