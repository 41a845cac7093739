/** Texts that no cell holds: complete in a sheet of their own, with the place where they belong. */
import type { Spool } from '../../terms/spool.js';
import type { NoteTaker } from '../table.js';
import type { LongTextsState } from '../table-state.js';
import { IN_NUMBER, IN_PLACE } from './cell-form.js';
import { beginningOf, MAX_CELL_UNITS } from './cell-text.js';
import type { TextPlace } from './row-sheets.js';
import { SheetRows } from './sheet-rows.js';

/** Name of the sheet. */
const SHEET = 'Long texts';

/** The columns of the sheet: where the text belongs, and one of its parts. */
export const LONG_TEXT_HEADERS = ['Sheet', 'Cell', 'Part', 'Text'];

/** Ends the beginning of a text in its cell. */
const CONTINUED = ` … (continued in the sheet ${SHEET})`;

/** Parts that are added in one step. */
const STEP_PARTS = 8;

/** A text whose parts have no rows yet. */
interface Waiting {
  readonly text: string;
  readonly sheet: string;
  readonly place: string;
}

/** Takes long texts, of one or more tables of a workbook. */
export class LongTexts {
  /** The rows of the sheet. */
  readonly rows: SheetRows;
  #count = 0;
  /** Those whose parts have no rows yet. */
  #waiting: Waiting[] = [];

  constructor(spool: Spool, maxRows?: number) {
    const takeLong = (text: string) => text;
    this.rows = new SheetRows({ name: SHEET, spool, headerRows: 1, plain: true, takeLong, maxRows });
  }

  /**
   * Takes a text; the caller then takes the steps of `steps`.
   * @param table the number of the table in the workbook, which knows its columns at the end
   * @returns its beginning, which its cell holds
   */
  add(text: string, table: number, { sheet, row, column }: TextPlace): string {
    this.#count++;
    this.#waiting.push({ text, sheet, place: `${table}:${column}:${row}` });
    return beginningOf(text, MAX_CELL_UNITS - CONTINUED.length) + CONTINUED;
  }

  /** Adds the rows of the texts that were taken, in steps of some parts. */
  *steps(): Generator<void, void> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const { text, sheet, place } of waiting) {
      for (let part = 1, from = 0; from < text.length; part++) {
        if (part % STEP_PARTS === 0) yield;
        const piece = beginningOf(text.slice(from, from + MAX_CELL_UNITS + 1), MAX_CELL_UNITS);
        this.rows.madeRow([sheet, [IN_PLACE, place], [IN_NUMBER, String(part)], piece]);
        from += piece.length;
      }
    }
  }

  /** Moves all to the spool. @returns what a later process needs beside them */
  async drain(): Promise<LongTextsState> {
    return { count: this.#count, rows: await this.rows.drain() };
  }

  /** Continues after those of an earlier process. */
  restore({ count, rows }: LongTextsState): void {
    this.#count = count;
    this.rows.restore(rows);
  }

  /** Adds a note where there are some. */
  note(notes: NoteTaker): void {
    const count = this.#count;
    if (count === 0) return;
    const cells = count === 1 ? 'a text is' : `${count} texts are`;
    const text =
      `${cells} longer than the ${MAX_CELL_UNITS} characters that a cell holds: the cell has the beginning, ` +
      `the sheet ${SHEET} has all of it in parts`;
    notes.note({ code: 'LONG_TEXTS', text, counts: { cells: count } });
  }
}
