/** The port of the writers of tables: one for each file format. */
import type { NoteTaker } from './table.js';
import { type Cells, hasLongText } from './table-cells.js';
import type { WriterState } from './table-state.js';

/** A column of a complete table. */
export interface Column {
  /** The number of the column in the cells of rows. */
  readonly number: number;
  readonly header: string;
}

/**
 * How numbers, words, nulls and texts without escapes become cells: as they are, null as nothing, a text in quotes if it is
 * empty or has a delimiter; a delimiter between cells, and a NUL behind the row.
 */
export interface PlainCells {
  readonly delimiter: number;
  readonly quote: number;
  /** 1 for each byte that the text of a plain cell does not begin with. */
  readonly notFirst: Uint8Array;
}

/** A complete file of a table. */
export interface TableFile {
  readonly rows: number;
  /** Its bytes, with the header. The pieces of one file are used up before those of the next are asked for. */
  pieces(): AsyncGenerator<Buffer, void>;
}

/**
 * Takes the rows of a table one by one, and makes its files when all columns are known. The rows are kept in a spool, so
 * memory does not grow with them.
 */
export interface TableWriter {
  /** Bytes of rows in memory. The caller awaits `settle` before they are many. */
  readonly waiting: number;
  /**
   * Adds a row, whose cells are used up at once.
   * @param width the number of columns known so far; cells of columns from there on are absent
   */
  row(cells: Cells, width: number): void;
  /** The same for cells that may be long, in steps, between which the caller may await `settle`; absent: they are short. */
  rowInSteps?(cells: Cells, width: number): Generator<void, void>;
  /** How plain cells are written; absent: cells need more than a copy here, and `rows` is not called. */
  readonly plainCells?: PlainCells | undefined;
  /** Adds so many rows of plain cells, as they are written for this width. */
  rows?(bytes: Buffer, count: number, width: number): void;
  /** The rows before this call are in another file than those after it. Called at the end, too. */
  endFile(): void;
  /**
   * Begins to move the rows to the spool, where those of the previous call have arrived. At the end it is called until no
   * row waits.
   */
  settle(): Promise<void>;
  /**
   * The table is complete.
   * @param columns in the order of the table
   */
  files(columns: readonly Column[]): Generator<TableFile, void>;
  /** Moves all rows to the spool. @returns what a later process needs beside them */
  drain(): Promise<WriterState>;
  /** Continues after the rows of an earlier writer of the same options, which are in the spool. */
  restore(state: WriterState): void;
  /** Adds notes about cells that are not as the entity has them. */
  note(notes: NoteTaker): void;
  close(): Promise<void>;
}

/** Where all is done at once. */
export const NO_STEPS: readonly undefined[] = [];

/** Writes a row, in steps if it has a long cell and the writer can. */
export function writeRow(writer: TableWriter, cells: Cells, width: number): Iterable<void> {
  if (writer.rowInSteps && hasLongText(cells, width)) return writer.rowInSteps(cells, width);
  writer.row(cells, width);
  return NO_STEPS;
}
