/** What a table knows between two batches, beside its rows in the spool: plain JSON, for the checkpoints of exports. */
import type { Deflated, DeflatedTotals, DeflatingState } from '../terms/deflated.js';
import { SluiceError } from '../terms/errors.js';
import type { DsvLayout } from '../terms/profile.js';

/** The stage of a table. */
export interface TableStageState {
  readonly kind: 'table';
  /** Entities of all files, and of the last one. */
  readonly records: number;
  readonly inFile: number;
  readonly table: TableState;
}

/** A table, by its layout and the format of its files. */
export type TableState =
  | { readonly kind: 'fields'; readonly columns: readonly PathState[]; readonly writer: WriterState }
  | { readonly kind: 'entities'; readonly rows: RowColumnsState; readonly writers: readonly WriterState[] }
  | {
      readonly kind: 'workbook';
      readonly rows: RowColumnsState;
      readonly sheets: readonly SheetRowsState[];
      readonly long: LongTextsState;
    }
  | {
      readonly kind: 'found';
      readonly passed: number;
      readonly chosen?: DsvLayout | undefined;
      readonly tables: readonly TableState[];
    };

/** A path: the name, the number of its column or -1, and the paths below it. */
export type PathState = readonly [name: string, column: number, children: readonly PathState[]];

/** The columns of the platform's layout. */
export interface RowColumnsState {
  readonly entities: TableColumnsState;
  readonly relationships: TableColumnsState;
  readonly withoutColumn: readonly string[];
}

/** Names and numbers of columns. */
type Numbers<Key> = readonly (readonly [key: Key, column: number])[];

/** The columns of one table of the platform's layout. */
export interface TableColumnsState {
  readonly count: number;
  readonly attributes: readonly AttributeState[];
  readonly related: readonly AttributeState[];
  readonly collections: readonly number[];
  readonly contexts: Numbers<string>;
  readonly sources: Numbers<string>;
  readonly properties: Numbers<string>;
}

/** The columns of an attribute. */
export interface AttributeState {
  readonly name: string;
  readonly plain?: number | undefined;
  readonly sequence?: number | undefined;
  readonly locales: Numbers<string>;
  readonly units: Numbers<number>;
  readonly children: readonly AttributeState[];
}

/** The writer of rows. */
export type WriterState =
  | { readonly kind: 'dsv'; readonly stretches: StretchesState; readonly counts: CellCountsState }
  | { readonly kind: 'sheet'; readonly rows: SheetRowsState; readonly long: LongTextsState };

/** Stretches of rows of equal width: the members of one after those of another. */
export type StretchesState = readonly number[];

/** What was changed in cells. */
export interface CellCountsState {
  readonly guarded: number;
  readonly illFormed: number;
  readonly nul: number;
}

/** The rows of sheets: cells in the spool, or XML that is deflated. */
export type SheetRowsState =
  | { readonly kind: 'cells'; readonly sheets: SheetsState<number>; readonly widths: readonly number[] }
  | {
      readonly kind: 'xml';
      readonly sheets: SheetsState<DeflatedState | null>;
      readonly widths: readonly number[];
      readonly deflating: DeflatingState;
    };

/** A complete sheet that is deflated. */
export type DeflatedState = DeflatedTotals & Pick<Deflated, 'start'>;

/** Sheets: of each its rows and its content. */
export type SheetStates<Content> = readonly (readonly [rows: number, content: Content])[];

/** The sheets of the files that have ended, and of the one in progress. */
export interface SheetsState<Content> {
  readonly files: readonly SheetStates<Content>[];
  readonly sheets: SheetStates<Content>;
}

/** The texts that no cell holds. */
export interface LongTextsState {
  readonly count: number;
  readonly rows: SheetRowsState;
}

/** The error of a state that another kind of table has left. */
export function otherState(): SluiceError {
  return new SluiceError('VERIFY_FAILED', 'run', 'the checkpoint is one of another kind of table');
}
