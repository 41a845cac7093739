/** Entities to workbooks of Excel. */
import type { FilePiece } from '../../terms/file-piece.js';
import type { Note } from '../../terms/receipt.js';
import { FieldsTable } from '../fields-table.js';
import { FoundLayoutTable } from '../found-layout.js';
import type { Table } from '../table.js';
import { type TableStageOf, tableFilesStage, tableStage } from '../table-stage.js';
import type { TableStageState } from '../table-state.js';
import { EntitiesWorkbook } from './entities-workbook.js';
import { PlainWorkbook } from './plain-workbook.js';
import type { WorkbookOptions } from './sheets.js';

/** Options of a workbook. */
export interface XlsxOptions extends WorkbookOptions {
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as values; absent: any. */
  readonly maxEntityBytes?: number;
  /** Maximum entities per file; absent: one file. */
  readonly maxRecords?: number;
  /** Takes the notes of the workbook; absent: they are notes of the run. */
  readonly note?: (note: Note) => void;
  /** The state of an earlier stage of the same options, whose rows are in the spool; absent: the beginning. */
  readonly from?: TableStageState | undefined;
}

const NAME = 'encodeXlsx';

/** Makes the stage of one file. */
export function encodeXlsxStage({ note, from, ...options }: Omit<XlsxOptions, 'maxRecords'>): TableStageOf<Buffer> {
  return tableStage({ name: NAME, table: tableOf(options), note, from });
}

/** Makes the stage of several files: each has the header and the relationships of its entities. */
export function encodeXlsxFilesStage({ maxRecords, note, from, ...options }: XlsxOptions): TableStageOf<FilePiece> {
  return tableFilesStage({ name: NAME, table: tableOf(options), maxRecords, note, from });
}

function tableOf({ maxEntityBytes = Number.POSITIVE_INFINITY, ...options }: XlsxOptions): Table {
  const { layout } = options.settings;
  if (layout === 'entities') return new EntitiesWorkbook(options, maxEntityBytes);
  const fields = new FieldsTable({ ...options, maxEntityBytes }, new PlainWorkbook(options));
  if (layout === 'fields') return fields;
  return new FoundLayoutTable(fields, new EntitiesWorkbook(options, maxEntityBytes), maxEntityBytes);
}
