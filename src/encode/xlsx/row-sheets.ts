/** Rows of sheets: how they are taken, and which sheet of which file has them. */
import type { Deflated } from '../../terms/deflated.js';
import type { Cells } from '../table-cells.js';
import type { SheetRowsState, SheetStates, SheetsState } from '../table-state.js';

/** Rows that a sheet of Excel has. */
export const MAX_SHEET_ROWS = 1_048_576;

/** Where a text belongs. */
export interface TextPlace {
  /** Name of the sheet. */
  readonly sheet: string;
  readonly row: number;
  /** The number of the column, whose letters are known when all columns are. */
  readonly column: number;
}

/** How the rows of sheets are taken. */
export interface RowsOptions {
  /** Name of the sheet; further ones are numbered. */
  readonly name: string;
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

/** How the rows of a sheet are written. */
export interface RowsXmlOptions {
  /** The number of each column in the rows, in the order of the sheet. */
  readonly order: readonly number[];
  /** The number of the first row, from 1. */
  readonly firstRow: number;
  /** Resolves the place of a long text. */
  readonly placeOf: (text: string) => string;
}

/** The rows of one sheet, to be used up before those of the next. */
export interface SheetPart {
  readonly name: string;
  readonly rows: number;
  /** Their XML; each piece is used up before the next one is requested. */
  xml(options: RowsXmlOptions): AsyncIterable<Buffer | Deflated> | Iterable<Buffer | Deflated>;
}

/** Takes the rows of one table. */
export interface SheetRowTaker {
  /** Bytes of rows in memory. */
  readonly waiting: number;
  /** Adds a row, whose cells are used up at once. */
  row(cells: Cells, width: number): void;
  /** The rows before this call are in another file than those after it. Called at the end, too. */
  endFile(): void;
  /** Moves the rows out of memory, or begins to; those of the call before are out. */
  settle(): Promise<void>;
  /** The sheets of each file; one without rows where a file has none. */
  files(): Generator<readonly SheetPart[], void>;
  readonly sheets: Pick<SheetList<unknown>, 'count' | 'splitFiles'>;
  readonly widths: Pick<Widths, 'of'>;
  /** Moves the rows out of memory. @returns what a later process needs beside them */
  drain(): Promise<SheetRowsState>;
  /** Continues after the rows of an earlier process. */
  restore(state: SheetRowsState): void;
  close(): Promise<void>;
}

/** A sheet of a file: its rows so far, and what belongs to it. */
export interface RowSheet<Content> {
  /** The number of the sheet in its file, from 1. */
  readonly number: number;
  rows: number;
  content: Content;
}

/** The sheets of files, in their order. */
export class SheetList<Content> {
  readonly #room: number;
  readonly #name: string;
  readonly #empty: () => Content;
  readonly #files: RowSheet<Content>[][] = [];
  #sheets: RowSheet<Content>[] = [];

  /** @param empty the content of a sheet without rows */
  constructor({ name, headerRows, maxRows = MAX_SHEET_ROWS }: RowsOptions, empty: () => Content) {
    this.#name = name;
    this.#room = maxRows - headerRows;
    this.#empty = empty;
  }

  /** The last sheet of the file in progress. */
  get last(): RowSheet<Content> | undefined {
    return this.#sheets[this.#sheets.length - 1];
  }

  /** The sheet that takes the next row. */
  next(): RowSheet<Content> {
    const { last } = this;
    if (last && last.rows < this.#room) return last;
    const sheet = { number: this.#sheets.length + 1, rows: 0, content: this.#empty() };
    this.#sheets.push(sheet);
    return sheet;
  }

  endFile(): void {
    this.#files.push(this.#sheets);
    this.#sheets = [];
  }

  nameOf({ number }: RowSheet<Content>): string {
    return number === 1 ? this.#name : `${this.#name} ${number}`;
  }

  /** The sheets of each file; one without rows where a file has none. */
  *files(): Generator<readonly RowSheet<Content>[], void> {
    for (const sheets of this.#files) {
      yield sheets.length > 0 ? sheets : [{ number: 1, rows: 0, content: this.#empty() }];
    }
  }

  /** @param of the content of a sheet as plain JSON */
  stateOf<State>(of: (content: Content) => State): SheetsState<State> {
    const states = (sheets: readonly RowSheet<Content>[]) =>
      sheets.map(({ rows, content }) => [rows, of(content)] as const);
    return { files: this.#files.map(states), sheets: states(this.#sheets) };
  }

  /** @param content makes the content of a sheet */
  restore<State>({ files, sheets }: SheetsState<State>, content: (state: State) => Content): void {
    const restored = (states: SheetStates<State>) =>
      states.map(([rows, state], index) => ({ number: index + 1, rows, content: content(state) }));
    this.#files.push(...files.map(restored));
    this.#sheets = restored(sheets);
  }

  /** Rows so far, or of all files. */
  get count(): number {
    return [...this.#files, this.#sheets].flat().reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Files whose rows are in more than one sheet. */
  get splitFiles(): number {
    return this.#files.filter(({ length }) => length > 1).length;
  }
}

/** Widest content that is told apart, in characters: the widest column of Excel. */
const WIDEST = 255;

/** Columns that fit before the first growth. */
const FIRST_COLUMNS = 64;

/** The length of the longest content of each column, as far as the width of the column matters. */
export class Widths {
  #widest = new Uint8Array(FIRST_COLUMNS);

  /** Makes room for so many columns. */
  reserve(columns: number): void {
    if (columns <= this.#widest.length) return;
    const wider = new Uint8Array(2 * columns);
    wider.set(this.#widest);
    this.#widest = wider;
  }

  add(column: number, length: number): void {
    if (length > this.#widest[column]) this.#widest[column] = length < WIDEST ? length : WIDEST;
  }

  get state(): readonly number[] {
    return [...this.#widest];
  }

  restore(state: readonly number[]): void {
    this.#widest = Uint8Array.from(state);
  }

  /** Characters of the longest content of a column, up to a limit. */
  of(column: number): number {
    return this.#widest[column] ?? 0;
  }
}
