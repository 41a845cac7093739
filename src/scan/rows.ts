/** A growing table of rows, handed over piece by piece. */
import { END, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';

/** Collects the rows of one piece. */
export class RowBuilder {
  #rows = new Int32Array(256 * ROW_WIDTH);
  count = 0;

  /** The table with room for one more row. */
  get rows(): Int32Array {
    if ((this.count + 1) * ROW_WIDTH > this.#rows.length) {
      const larger = new Int32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    return this.#rows;
  }

  /** Offset in the table of the row that comes next. */
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

  /** Hands over the rows so far and begins anew. */
  take(): Int32Array {
    const taken = this.#rows.slice(0, this.count * ROW_WIDTH);
    this.count = 0;
    return taken;
  }
}
