/** Rows that wait in a spool, one JSON text per line. */
import { NEWLINE } from '../scan/ascii.js';
import type { Spool } from '../terms/spool.js';
import type { Row } from './dsv-rows.js';

/** A row, and its approximate number of characters. */
export interface Entry {
  readonly row: Row;
  readonly size: number;
}

/** A line: the record of the row, and the row. */
type Line = readonly [record: number, ...row: Row];

/** Takes rows, then returns them in the same order. */
export class SpooledRows {
  readonly #spool: Spool;
  #waiting = '';
  #lines: AsyncGenerator<Buffer, void> | undefined;
  /** A line that was read too far ahead. */
  #ahead: Buffer | undefined;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  add(record: number, row: Row): void {
    this.#waiting += `${JSON.stringify([record, ...row])}\n`;
  }

  /** Writes the added rows to the spool. */
  settle(): void | Promise<void> {
    if (this.#waiting === '') return;
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    return this.#spool.write(bytes);
  }

  /** The rows of records before this one that were not returned yet. */
  async *before(record: number): AsyncGenerator<Entry, void> {
    this.#lines ??= linesOf(this.#spool.chunks());
    for (;;) {
      let bytes = this.#ahead;
      this.#ahead = undefined;
      if (!bytes) {
        const next = await this.#lines.next();
        if (next.done) return;
        bytes = next.value;
      }
      const [of, ...row]: Line = JSON.parse(bytes.toString());
      if (of >= record) {
        this.#ahead = bytes;
        return;
      }
      yield { row, size: bytes.length };
    }
  }

  async close(): Promise<void> {
    await this.#lines?.return();
    await this.#spool.close();
  }
}

/** The lines of chunks, without their ends; each is a copy. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(Buffer.from(chunk.subarray(start)));
  }
}
