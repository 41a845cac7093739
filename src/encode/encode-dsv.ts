/** Entities to delimiter-separated values. */
import type { FilePiece } from '../terms/file-piece.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import type { Spool } from '../terms/spool.js';
import { CellCounts } from './dsv-cell.js';
import { DsvWriter } from './dsv-writer.js';
import { EntitiesTable, headOf } from './entities-table.js';
import { FieldsTable } from './fields-table.js';
import { FoundLayoutTable } from './found-layout.js';
import type { Table, TableOptions } from './table.js';
import { type TableStageOf, tableFilesStage, tableStage } from './table-stage.js';
import type { TableStageState } from './table-state.js';

/** Options of a table. */
export interface DsvOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as values; absent: any. */
  readonly maxEntityBytes?: number;
  /** Maximum entities per file; absent: one file. */
  readonly maxRecords?: number;
  /** Takes the notes of the table; absent: they are notes of the run. */
  readonly note?: (note: Note) => void;
  /** The state of an earlier stage of the same options, whose rows are in the spool; absent: the beginning. */
  readonly from?: TableStageState | undefined;
}

const NAME = 'encodeDsv';

/** Makes the stage of one file. */
export function encodeDsvStage({ note, from, ...options }: Omit<DsvOptions, 'maxRecords'>): TableStageOf<Buffer> {
  return tableStage({ name: NAME, table: tableOf(options), note, from });
}

/**
 * Makes the stage of several files: each has the header and the relationships of its entities. With `multiFile` there
 * are at most two: entities, and relationships where there are some; the second file counts no records.
 */
export function encodeDsvFilesStage({ maxRecords, note, from, ...options }: DsvOptions): TableStageOf<FilePiece> {
  return tableFilesStage({ name: NAME, table: tableOf(options), maxRecords, note, from });
}

function tableOf({ maxEntityBytes = Number.POSITIVE_INFINITY, ...options }: DsvOptions): Table {
  const all = { ...options, maxEntityBytes };
  const { layout } = options.settings;
  if (layout === 'entities') return new EntitiesTable(all);
  const fields = fieldsTable(all);
  return layout === 'fields' ? fields : new FoundLayoutTable(fields, new EntitiesTable(all), maxEntityBytes);
}

function fieldsTable(options: TableOptions): FieldsTable {
  const { settings, openSpool } = options;
  const inOrder = settings.columns.length === 0;
  const spool = openSpool();
  return new FieldsTable(
    options,
    new DsvWriter({ settings, counts: new CellCounts(), spool, inOrder, head: headOf(settings) }),
  );
}
