/** What the rows of sheets have in common: which cells a row has, and what each of them holds. */
import type { Cells } from '../table-cells.js';
import * as kinds from '../table-cells.js';
import { escaped, isKept, MAX_CELL_UNITS } from './cell-text.js';
import { type RowsOptions, SheetList, Widths } from './row-sheets.js';
import { isShortNumber } from './short-number.js';

// V8 inlines a module's own constants; it loads imported ones from memory at each use.
const { ABSENT, BOOLEAN, NULL, NUMBER, spanText, TEXT } = kinds;

/** Decides what cells hold; how they are written is left to its subclasses, which count widths. */
export abstract class CellRows<Options extends RowsOptions, Content> {
  readonly sheets: SheetList<Content>;
  readonly widths = new Widths();
  protected readonly options: Options;
  /** Texts as UTF-8. */
  #scratch: Buffer = Buffer.allocUnsafe(MAX_CELL_UNITS);

  /** @param empty the content of a sheet without rows */
  constructor(options: Options, empty: () => Content) {
    this.options = options;
    this.sheets = new SheetList(options, empty);
  }

  /** Writes a boolean. */
  protected abstract writeBoolean(column: number, isTrue: boolean): void;
  /** Writes a number that a cell can have as it is. */
  protected abstract writeShortNumber(column: number, bytes: Uint8Array, start: number, end: number): void;
  /** Writes a number of which a cell keeps all digits. */
  protected abstract writeNumber(column: number, text: string): void;
  /** Writes a text of UTF-8 without escapes. @param known what is known of its bytes, as `Cells.plain` */
  protected abstract writeSpan(column: number, bytes: Uint8Array, start: number, end: number, known: number): void;
  /** Writes a text that is escaped already, and whose white space counts. */
  protected abstract writeEscaped(column: number, content: string): void;

  /** Writes the cells of a row. */
  protected writeCells(cells: Cells, width: number): void {
    const { kinds: all, bytes, starts, ends, plain, texts } = cells;
    const { plain: isPlain, nullText } = this.options;
    this.widths.reserve(width);
    for (let column = 0; column < width; column++) {
      const kind = all[column];
      if (kind === ABSENT || kind === undefined) continue;
      const start = starts[column];
      if (kind === NULL) {
        if (nullText !== undefined) this.writeText(column, nullText);
      } else if (kind === BOOLEAN && isPlain) {
        this.writeBoolean(column, start < 0 ? texts[column] === 'true' : bytes[start] === LETTER_T);
      } else if (kind === NUMBER) this.#number(column, cells);
      else if (start >= 0) this.#span(column, bytes, start, ends[column], plain[column]);
      else if (isPlain || kind !== TEXT || texts[column] !== '') this.writeText(column, texts[column]);
    }
  }

  /** Writes a text of any length. */
  protected writeText(column: number, text: string): void {
    if (text.length > MAX_CELL_UNITS) {
      const sheet = this.sheets.next();
      const place = { sheet: this.sheets.nameOf(sheet), row: this.options.headerRows + sheet.rows + 1, column };
      this.writeText(column, this.options.takeLong(text, place));
      return;
    }
    if (!text.isWellFormed()) {
      this.writeEscaped(column, escaped(text));
      return;
    }
    if (this.#scratch.length < 3 * text.length) this.#scratch = Buffer.allocUnsafe(6 * text.length);
    this.writeSpan(column, this.#scratch, 0, this.#scratch.write(text), 0);
  }

  #number(column: number, { bytes, starts, ends, texts }: Cells): void {
    const start = starts[column];
    const end = ends[column];
    if (start >= 0 && isShortNumber(bytes, start, end)) {
      this.writeShortNumber(column, bytes, start, end);
      return;
    }
    const text = start < 0 ? texts[column] : spanText(bytes, start, end);
    if (isKept(text)) this.writeNumber(column, text);
    else this.writeText(column, text);
  }

  #span(column: number, bytes: Uint8Array, start: number, end: number, known: number): void {
    // A character has one byte at least.
    if (end - start > MAX_CELL_UNITS) this.writeText(column, spanText(bytes, start, end));
    else if (start < end || this.options.plain) this.writeSpan(column, bytes, start, end, known);
  }
}

/** With which `true` begins. */
const LETTER_T = 0x74;
