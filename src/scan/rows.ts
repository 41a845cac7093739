/** A growing table of rows, emptied piece by piece. */
import { END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';

/** Collects the rows of one piece. */
export class RowBuilder {
  readonly #recycle: boolean;
  #rows = new Int32Array(256 * ROW_WIDTH);
  count = 0;

  /** @param recycle whether a piece is used up before the next one is made, so that its table may be reused */
  constructor(recycle: boolean) {
    this.#recycle = recycle;
  }

  /** The table with room for one more row. */
  get rows(): Int32Array {
    this.#makeRoom(ROW_WIDTH);
    return this.#rows;
  }

  #makeRoom(more: number): void {
    const needed = this.count * ROW_WIDTH + more;
    if (needed <= this.#rows.length) return;
    const larger = new Int32Array(Math.max(needed, this.#rows.length * 2));
    larger.set(this.#rows);
    this.#rows = larger;
  }

  /** Adds complete rows. */
  append(rows: Int32Array): void {
    this.#makeRoom(rows.length);
    this.#rows.set(rows, this.next);
    this.count += rows.length / ROW_WIDTH;
  }

  /** Offset of the next row in the table. */
  get next(): number {
    return this.count * ROW_WIDTH;
  }

  /** Completes the next row. */
  add(start: number, end: number, ordinal: number): void {
    const { rows, next } = this;
    rows[next + START] = start;
    rows[next + END] = end;
    rows[next + ORDINAL] = ordinal;
    this.count++;
  }

  /** Adds a row in which no member was located. */
  addBare(start: number, end: number, ordinal: number): void {
    const { rows, next } = this;
    rows.fill(-1, next, next + ROW_WIDTH);
    this.add(start, end, ordinal);
  }

  /** Replaces a span of the row at this offset of the table. */
  setSpan(row: number, column: number, start: number, end: number): void {
    this.#rows[row + column] = start;
    this.#rows[row + column + 1] = end;
  }

  /** Returns the rows so far and begins a new table. */
  take(): Int32Array {
    const { next } = this;
    this.count = 0;
    return this.#recycle ? this.#rows.subarray(0, next) : this.#rows.slice(0, next);
  }
}
