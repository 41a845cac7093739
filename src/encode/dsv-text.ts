/** Rows of a table as text: delimiters, quotes, and the guard against formulas. */
import { type Options, stringify } from 'csv-stringify/sync';
import type { DsvSettings } from '../terms/profile.js';
import { type Column, tellApart } from './dsv-columns.js';
import type { Row } from './dsv-rows.js';

/** The settings that the text is written by. */
export type TextSettings = Pick<Required<DsvSettings>, 'delimiter' | 'quote' | 'guardFormulas'>;

/** Lines end as RFC 4180 says, and as spreadsheets write them. */
export const LINE_END = '\r\n';

/** What spreadsheets begin a formula with; the wide forms they take for the others. */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A number, which cannot do what a formula does. */
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Writes the lines of one table. */
export class DsvText {
  readonly #options: Options;
  readonly #guard: boolean;
  readonly #headers: readonly string[];
  /** Where each column stands, by its number. */
  readonly #places: readonly number[];
  /** Cells with half of a surrogate pair, for which UTF-8 has no bytes. */
  illFormed = 0;
  /** Cells with a NUL, behind which many a reader of tables sees nothing more. */
  nul = 0;

  constructor(columns: readonly Column[], { delimiter, quote, guardFormulas }: TextSettings) {
    this.#options = {
      ...{ delimiter, quote, escape: quote, record_delimiter: LINE_END, quote_record_delimiter: true },
    };
    this.#guard = guardFormulas;
    this.#headers = tellApart(columns.map(({ header }) => this.#cell(header)));
    const places: number[] = [];
    columns.forEach(({ number }, place) => {
      places[number] = place;
    });
    this.#places = places;
  }

  /** Cells of a row. */
  get width(): number {
    return this.#headers.length;
  }

  /** The line above all others. */
  header(): string {
    return this.line(this.#headers);
  }

  /** One line of these cells, formulas or not. */
  line(cells: readonly string[]): string {
    return stringify([cells], this.#options);
  }

  /** The lines of rows. */
  lines(rows: readonly Row[]): string {
    const records = rows.map((row) => {
      const cells = new Array<string>(this.width).fill('');
      for (let index = 0; index < row.length; index += 2) {
        cells[this.#places[Number(row[index])]] = this.#cell(String(row[index + 1]));
      }
      return cells;
    });
    return stringify(records, this.#options);
  }

  #cell(text: string): string {
    if (!text.isWellFormed()) this.illFormed++;
    const cell = text.includes('\0') ? this.#withoutNul(text) : text;
    return this.#guard && FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  }

  #withoutNul(text: string): string {
    this.nul++;
    return text.replaceAll('\0', '\ufffd');
  }
}
