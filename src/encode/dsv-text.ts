/** Rows of a table as text: delimiters, quotes, and the guard against formulas. */
import { type Options, stringify } from 'csv-stringify/sync';
import type { DsvSettings } from '../terms/profile.js';
import { type Column, uniqueHeaders } from './dsv-columns.js';
import type { Row } from './dsv-rows.js';

/** The settings of the text. */
export type TextSettings = Pick<Required<DsvSettings>, 'delimiter' | 'quote' | 'guardFormulas'>;

/** The line end of RFC 4180 and of spreadsheets. */
export const LINE_END = '\r\n';

/** The first character of a formula in a spreadsheet; wide forms count as the others. */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

/** A number, which is harmless although it begins like a formula. */
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Writes the lines of one table. */
export class DsvText {
  readonly #options: Options;
  readonly #guard: boolean;
  readonly #headers: readonly string[];
  /** The position of each column, by its number. */
  readonly #places: readonly number[];
  /** Cells with a lone surrogate, for which UTF-8 has no bytes. */
  illFormed = 0;
  /** Cells with a NUL, at which some readers of tables stop. */
  nul = 0;

  constructor(columns: readonly Column[], { delimiter, quote, guardFormulas }: TextSettings) {
    this.#options = {
      ...{ delimiter, quote, escape: quote, record_delimiter: LINE_END, quote_record_delimiter: true },
    };
    this.#guard = guardFormulas;
    this.#headers = uniqueHeaders(columns.map(({ header }) => this.#cell(header)));
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

  /** The first line. */
  header(): string {
    return this.line(this.#headers);
  }

  /** One line of these cells, without the guard against formulas. */
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
