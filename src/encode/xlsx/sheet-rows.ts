/** The rows of sheets until all columns are known: a compact form in a spool. */
import type { Spool } from '../../terms/spool.js';
import { ChunkReader } from '../dsv-spooled.js';
import { FIRST_ROW_BYTES, RowsToSpool } from '../rows-to-spool.js';
import { ABSENT, BOOLEAN, type Cells, NULL, NUMBER, TEXT } from '../table-cells.js';
import { addEscaped, escaped, isKept, MAX_CELL_UNITS, MAX_ESCAPED, needsPreserve } from './cell-text.js';

/** Rows that a sheet of Excel has. */
export const MAX_SHEET_ROWS = 1_048_576;

/** Kinds of cells in the spool: texts, those whose white space matters, numbers, booleans, and the place of a long text. */
export const [IN_TEXT, IN_PRESERVED, IN_NUMBER, IN_TRUE, IN_FALSE, IN_PLACE] = [0, 1, 2, 3, 4, 5];

/** Bytes before a row: its length. Before a cell: kind, column, and the length of its content in one byte or five. */
export const ROW_HEAD = 4;
export const CELL_HEAD = 4;
export const LONG_LENGTH = 255;
const MAX_CELL_HEAD = CELL_HEAD + 4;

/** Numbers that are this short have no exponent beyond what Excel holds, and no more digits. */
const SHORT_NUMBER = 15;

const [MINUS, ZERO] = [0x2d, 0x30];

/** Widest content that a column is made for, in characters. */
const WIDEST = 60;

/** Columns that fit before the first growth. */
const FIRST_COLUMNS = 64;

/** Where a text belongs. */
export interface TextPlace {
  /** Name of the sheet. */
  readonly sheet: string;
  readonly row: number;
  /** The number of the column, whose letters are known when all columns are. */
  readonly column: number;
}

/** A cell: a text, or a kind and its content as the spool has it. */
export type MadeCell = string | readonly [kind: number, content: string];

/** How the rows of sheets are taken. */
export interface SheetRowsOptions {
  /** Name of the sheet; further ones are numbered. */
  readonly name: string;
  readonly spool: Spool;
  /** Rows of the header of each sheet. */
  readonly headerRows: number;
  /** Whether booleans are booleans, and empty texts cells; otherwise the former are texts, and the latter absent. */
  readonly plain: boolean;
  /** Text of cells that are null; absent: they are absent. */
  readonly nullText?: string;
  /** Takes a text that no cell holds. @returns what the cell holds instead */
  readonly takeLong: (text: string, place: TextPlace) => string;
  /** Rows of a sheet; default: those of Excel. */
  readonly maxRows?: number;
}

/** The rows of one sheet, to be used up before those of the next. */
export interface SheetPart {
  readonly name: string;
  readonly rows: number;
  /** Their bytes in the spool. */
  chunks(): AsyncGenerator<Buffer, void>;
}

interface Stretch {
  bytes: number;
  rows: number;
  /** The number of the sheet in its file, from 1. */
  readonly sheet: number;
}

/** The rows of one table, in one or more sheets of one or more files. */
export class SheetRows {
  readonly #options: SheetRowsOptions;
  readonly #room: number;
  /** The sheets of each file. */
  readonly #files: Stretch[][] = [];
  #sheets: Stretch[] = [];
  #out: Buffer = Buffer.allocUnsafe(FIRST_ROW_BYTES);
  #at = 0;
  #scratch: Buffer = Buffer.allocUnsafe(MAX_CELL_UNITS);
  /** Characters of the longest content of each column, as far as its width matters. */
  #widest = new Uint8Array(FIRST_COLUMNS);
  readonly #toSpool: RowsToSpool;

  constructor(options: SheetRowsOptions) {
    this.#options = options;
    this.#toSpool = new RowsToSpool(options.spool);
    this.#room = (options.maxRows ?? MAX_SHEET_ROWS) - options.headerRows;
  }

  /** Bytes of rows in memory. */
  get waiting(): number {
    return this.#at;
  }

  /** Adds a row, whose cells are used up at once. */
  row(cells: Cells, width: number): void {
    const { kinds } = cells;
    const { plain, nullText } = this.#options;
    const sheet = this.#sheet();
    const before = this.#at;
    this.#reserve(ROW_HEAD);
    this.#at += ROW_HEAD;
    if (width > this.#widest.length) this.#widen(width);
    for (let column = 0; column < width; column++) {
      const kind = kinds[column];
      if (kind === ABSENT || kind === undefined) continue;
      if (kind === NULL) {
        if (nullText !== undefined) this.#text(column, nullText);
      } else if (kind === BOOLEAN && plain) this.#boolean(column, cells);
      else if (kind === NUMBER) this.#number(column, cells);
      else if (cells.starts[column] >= 0) this.#span(column, cells.bytes, cells.starts[column], cells.ends[column]);
      else if (plain || kind !== TEXT || cells.texts[column] !== '') this.#text(column, cells.texts[column]);
    }
    this.#out.writeUInt32LE(this.#at - before - ROW_HEAD, before);
    sheet.bytes += this.#at - before;
    sheet.rows++;
  }

  /** Adds a row of cells in the columns from 0, whose texts fit into cells. */
  madeRow(cells: readonly MadeCell[]): void {
    const sheet = this.#sheet();
    const before = this.#at;
    this.#reserve(ROW_HEAD);
    this.#at += ROW_HEAD;
    const add = (cell: MadeCell, column: number) =>
      typeof cell === 'string' ? this.#text(column, cell) : this.#made(column, cell[1], cell[0]);
    cells.forEach(add);
    this.#out.writeUInt32LE(this.#at - before - ROW_HEAD, before);
    sheet.bytes += this.#at - before;
    sheet.rows++;
  }

  /** The rows before this call are in another file than those after it. Called at the end, too. */
  endFile(): void {
    this.#files.push(this.#sheets);
    this.#sheets = [];
  }

  /** Begins to move the rows to the spool; those of the call before are there. */
  async settle(): Promise<void> {
    this.#out = await this.#toSpool.write(this.#out, this.#at);
    this.#at = 0;
  }

  /** The sheets of each file; one without rows where a file has none. */
  *files(): Generator<readonly SheetPart[], void> {
    const reader = new ChunkReader(this.#options.spool.chunks());
    for (const sheets of this.#files) {
      yield (sheets.length > 0 ? sheets : [{ bytes: 0, rows: 0, sheet: 1 }]).map(({ bytes, rows, sheet }) => ({
        name: this.#nameOf(sheet),
        rows,
        chunks: () => reader.take(bytes),
      }));
    }
  }

  /** Rows so far, or of all files. */
  get count(): number {
    return [...this.#files, this.#sheets].flat().reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Files whose rows are in more than one sheet. */
  get splitFiles(): number {
    return this.#files.filter(({ length }) => length > 1).length;
  }

  /** Characters of the longest content of a column, up to a limit. */
  widest(column: number): number {
    return this.#widest[column] ?? 0;
  }

  async close(): Promise<void> {
    await this.#toSpool.close();
  }

  /** The sheet that takes the next row. */
  #sheet(): Stretch {
    const last = this.#sheets.at(-1);
    if (last && last.rows < this.#room) return last;
    const sheet = { bytes: 0, rows: 0, sheet: this.#sheets.length + 1 };
    this.#sheets.push(sheet);
    return sheet;
  }

  #nameOf(sheet: number): string {
    return sheet === 1 ? this.#options.name : `${this.#options.name} ${sheet}`;
  }

  #boolean(column: number, cells: Cells): void {
    const start = cells.starts[column];
    const isTrue = start < 0 ? cells.texts[column] === 'true' : cells.bytes[start] === 0x74;
    const head = this.#begin(0);
    this.#end(head, column, isTrue ? IN_TRUE : IN_FALSE, head + CELL_HEAD);
  }

  #number(column: number, cells: Cells): void {
    const { bytes, starts, ends } = cells;
    const start = starts[column];
    const end = ends[column];
    const isShort = start >= 0 && end - start <= SHORT_NUMBER && bytes[start] !== MINUS && bytes[start] !== ZERO;
    if (isShort && !hasExponent(bytes, start, end)) {
      const head = this.#begin(end - start);
      let at = head + CELL_HEAD;
      for (let pos = start; pos < end; pos++) this.#out[at++] = bytes[pos];
      this.#end(head, column, IN_NUMBER, at);
      return;
    }
    const text = start < 0 ? cells.texts[column] : textAt(bytes, start, end);
    if (isKept(text)) this.#made(column, text, IN_NUMBER);
    else this.#text(column, text);
  }

  #span(column: number, bytes: Uint8Array, start: number, end: number): void {
    // A character has one byte at least.
    if (end - start > MAX_CELL_UNITS) {
      this.#text(column, textAt(bytes, start, end));
      return;
    }
    if (start === end && !this.#options.plain) return;
    const head = this.#begin(MAX_ESCAPED * (end - start));
    const from = head + CELL_HEAD;
    const at = addEscaped(bytes, start, end, this.#out, from);
    this.#end(head, column, needsPreserve(this.#out, from, at) ? IN_PRESERVED : IN_TEXT, at);
  }

  #text(column: number, text: string): void {
    if (text.length > MAX_CELL_UNITS) {
      const { sheet, rows } = this.#sheet();
      const place = { sheet: this.#nameOf(sheet), row: this.#options.headerRows + rows + 1, column };
      this.#text(column, this.#options.takeLong(text, place));
      return;
    }
    if (!text.isWellFormed()) {
      this.#made(column, escaped(text), IN_PRESERVED);
      return;
    }
    if (this.#scratch.length < 3 * text.length) this.#scratch = Buffer.allocUnsafe(6 * text.length);
    const length = this.#scratch.write(text);
    const head = this.#begin(MAX_ESCAPED * length);
    const from = head + CELL_HEAD;
    const at = addEscaped(this.#scratch, 0, length, this.#out, from);
    this.#end(head, column, needsPreserve(this.#out, from, at) ? IN_PRESERVED : IN_TEXT, at);
  }

  #made(column: number, text: string, kind: number): void {
    const head = this.#begin(3 * text.length);
    const at = head + CELL_HEAD + this.#out.write(text, head + CELL_HEAD);
    this.#end(head, column, kind, at);
  }

  /** Makes room for a cell. @returns where it begins; its content follows the head of a short one */
  #begin(bytes: number): number {
    this.#reserve(MAX_CELL_HEAD + bytes);
    return this.#at;
  }

  /** Completes a cell whose content ends at a position. */
  #end(head: number, column: number, kind: number, end: number): void {
    const out = this.#out;
    const length = end - head - CELL_HEAD;
    out[head] = kind;
    out[head + 1] = column & 0xff;
    out[head + 2] = column >> 8;
    if (length < LONG_LENGTH) {
      out[head + 3] = length;
      this.#at = end;
    } else {
      out.copyWithin(head + MAX_CELL_HEAD, head + CELL_HEAD, end);
      out[head + 3] = LONG_LENGTH;
      out.writeUInt32LE(length, head + CELL_HEAD);
      this.#at = end + 4;
    }
    if (length > this.#widest[column]) this.#widest[column] = length < WIDEST ? length : WIDEST;
  }

  #widen(width: number): void {
    const wider = new Uint8Array(2 * width);
    wider.set(this.#widest);
    this.#widest = wider;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#out.length, needed));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}

function hasExponent(bytes: Uint8Array, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) if ((bytes[pos] | 0x20) === 0x65) return true;
  return false;
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
