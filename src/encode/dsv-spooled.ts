/** From rows in a spool, which lack what depends on all columns, to lines of delimiter-separated values. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { giveBack } from '../terms/lent-memory.js';

/** What is written around the cells of rows. */
export interface RowEnds {
  readonly delimiter: Buffer;
  readonly lineEnd: Buffer;
  /** Stands for the only cell of a row: a line without a byte would be no row. */
  readonly empty: Buffer;
}

/** Reads chunks as parts of given lengths. Each part is used up before the next one is requested: its memory is given back. */
export class ChunkReader {
  readonly #chunks: AsyncGenerator<Buffer, void>;
  #chunk: Buffer = Buffer.alloc(0);
  #rest = this.#chunk;

  constructor(chunks: AsyncGenerator<Buffer, void>) {
    this.#chunks = chunks;
  }

  /** The next so many bytes. */
  async *take(bytes: number): AsyncGenerator<Buffer, void> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        giveBack(this.#chunk);
        const next = await this.#chunks.next();
        if (next.done) return;
        this.#chunk = next.value;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return();
  }
}

/** Rows of this width, each ended by a NUL, as lines of this many cells. */
export async function* paddedRows(
  chunks: AsyncIterable<Buffer>,
  width: number,
  cells: number,
  { delimiter, lineEnd, empty }: RowEnds,
): AsyncGenerator<Buffer, void> {
  const end = Buffer.concat([...Array.from({ length: cells - width }, () => delimiter), lineEnd]);
  const emptyEnd = cells === 1 ? Buffer.concat([empty, end]) : end;
  let isEmpty = true;
  for await (const chunk of chunks) {
    if (turnIsOver()) await nextTurn();
    const rows: Buffer[] = [];
    let start = 0;
    for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, start)) {
      if (at > start) {
        rows.push(chunk.subarray(start, at));
        isEmpty = false;
      }
      rows.push(isEmpty ? emptyEnd : end);
      isEmpty = true;
      start = at + 1;
    }
    if (start < chunk.length) {
      rows.push(chunk.subarray(start));
      isEmpty = false;
    }
    yield Buffer.concat(rows);
  }
}

/** Rows of which a NUL ends each cell. @param order for each cell of a line, its number in the rows */
export async function* orderedRows(
  chunks: AsyncIterable<Buffer>,
  width: number,
  order: readonly number[],
  { delimiter, lineEnd, empty }: RowEnds,
): AsyncGenerator<Buffer, void> {
  const ends = new Int32Array(width);
  let waiting: Buffer[] = [];
  let waitingCells = 0;
  for await (const chunk of chunks) {
    waitingCells += cellEnds(chunk);
    if (waitingCells < width) {
      waiting.push(Buffer.from(chunk));
      continue;
    }
    waiting.push(chunk);
    const bytes = waiting.length === 1 ? chunk : Buffer.concat(waiting);
    const rows = Math.floor(waitingCells / width);
    const around = order.length * delimiter.length + lineEnd.length + empty.length;
    const out = Buffer.allocUnsafe(bytes.length + rows * around);
    let length = 0;
    let start = 0;
    for (let row = 0; row < rows; row++) {
      if (turnIsOver()) await nextTurn();
      let at = start;
      for (let cell = 0; cell < width; cell++) {
        at = bytes.indexOf(0, at);
        ends[cell] = at++;
      }
      if (order.length === 1 && at - start === width) length += empty.copy(out, length);
      for (let place = 0; place < order.length; place++) {
        const cell = order[place];
        if (place > 0) length += delimiter.copy(out, length);
        if (cell >= width) continue;
        const from = cell === 0 ? start : ends[cell - 1] + 1;
        length += copy(bytes, from, ends[cell], out, length);
      }
      length += lineEnd.copy(out, length);
      start = at;
    }
    waitingCells -= rows * width;
    waiting = start < bytes.length ? [Buffer.from(bytes.subarray(start))] : [];
    yield out.subarray(0, length);
  }
}

/** Bytes that are copied faster one by one. */
const SHORT = 32;

/** @returns the number of bytes */
function copy(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  if (end - start >= SHORT) return bytes.copy(out, at, start, end);
  for (let pos = start; pos < end; pos++) out[at++] = bytes[pos];
  return end - start;
}

function cellEnds(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, at + 1)) count++;
  return count;
}
