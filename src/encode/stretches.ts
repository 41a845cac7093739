/** Which rows of a table have how many cells, and which file has them. */
import type { StretchesState } from './table-state.js';

/** Rows in a file with the same number of cells. */
export interface Stretch {
  readonly width: number;
  bytes: number;
  rows: number;
  /** Whether the file ends here. */
  ends: boolean;
}

/** Numbers of a stretch in the state. */
const MEMBERS = 4;

/** The rows of all files, in stretches; memory grows with the columns and files, and not with the rows. */
export class Stretches {
  readonly #all: Stretch[] = [];

  /** Whether there is a row. */
  get hasRows(): boolean {
    return this.#all.some((stretch) => stretch.rows > 0);
  }

  /** The stretch that takes the next row of this width. */
  of(width: number): Stretch {
    const last = this.#all.at(-1);
    if (last && last.width === width && !last.ends) return last;
    const stretch = { width, bytes: 0, rows: 0, ends: false };
    this.#all.push(stretch);
    return stretch;
  }

  endFile(): void {
    const last = this.#all.at(-1);
    if (last && !last.ends) last.ends = true;
    else this.#all.push({ width: 1, bytes: 0, rows: 0, ends: true });
  }

  /** The stretches of each file. */
  *files(): Generator<readonly Stretch[], void> {
    for (let from = 0; from < this.#all.length; ) {
      const end = this.#all.findIndex(({ ends }, index) => index >= from && ends) + 1;
      const stretches = this.#all.slice(from, end === 0 ? undefined : end);
      from += stretches.length;
      yield stretches;
    }
  }

  get state(): StretchesState {
    return this.#all.flatMap(({ width, bytes, rows, ends }) => [width, bytes, rows, Number(ends)]);
  }

  restore(state: StretchesState): void {
    for (let at = 0; at < state.length; at += MEMBERS) {
      const [width, bytes, rows, ends] = state.slice(at, at + MEMBERS);
      this.#all.push({ width, bytes, rows, ends: ends === 1 });
    }
  }
}
