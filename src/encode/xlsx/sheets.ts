/** Tables as sheets of a workbook. */
import type { Deflating } from '../../terms/deflated.js';
import { SluiceError } from '../../terms/errors.js';
import type { DsvPlan } from '../../terms/plan.js';
import type { Spool } from '../../terms/spool.js';
import type { NoteTaker } from '../table.js';
import type { Column } from '../table-writer.js';
import { MAX_CELL_UNITS } from './cell-text.js';
import { LONG_TEXT_HEADERS } from './long-texts.js';
import { MAX_SHEET_ROWS, type SheetPart, type SheetRowTaker } from './row-sheets.js';
import { lettersOf } from './sheet-xml.js';
import { HEADER_STYLE } from './styles.js';
import { type FixedCell, type PartPacker, type Sheet, type SheetFrame, sheetPieces } from './workbook.js';

/** What workbooks are made of. */
export interface WorkbookOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Opens what deflates rows of known places before the header above them is known. */
  readonly openDeflating: () => Deflating;
  /** Packs the parts of a workbook. */
  readonly pack: PartPacker;
  /** Rows of a sheet; default: those of Excel. */
  readonly maxRows?: number;
}

/** A table whose columns are known. */
export interface SheetTable {
  readonly rows: SheetRowTaker;
  /** In the order of the sheet. */
  readonly columns: readonly Pick<Column, 'number'>[];
  /** The rows of the header; the last one has the names of the columns. */
  readonly header: readonly (readonly (FixedCell | undefined)[])[];
  readonly frozen: SheetFrame['frozen'];
  readonly merged?: readonly string[];
  /** Whether the last row of the header filters. */
  readonly filters: boolean;
}

/** What the button of a filter takes, in characters. */
const BUTTON = 3;

/** The widest and the narrowest column, in characters. */
export type WidthLimits = Pick<DsvPlan, 'minWidth' | 'maxWidth'>;

/** The sheets of one file of a table. @param selected whether the first one is in front */
export function tableSheets(
  table: SheetTable,
  parts: readonly SheetPart[],
  limits: WidthLimits,
  selected: boolean,
): readonly Sheet[] {
  const { rows, columns, header, frozen, merged, filters } = table;
  const names = header[header.length - 1];
  refuseLongNames(names);
  const order = columns.map(({ number }) => number);
  const widths = columns.map(({ number }, place) => widthOf(names[place]?.text ?? '', rows.widths.of(number), limits));
  return parts.map((part, index) => {
    const last = lettersOf(Math.max(0, columns.length - 1));
    const filter = filters && columns.length > 0 ? `A${header.length}:${last}${header.length + part.rows}` : undefined;
    const frame = { rows: header, widths, frozen, merged, filter, selected: selected && index === 0 };
    const options = { order, firstRow: header.length + 1, placeOf: (text: string) => text };
    return { name: part.name, filter, pieces: sheetPieces(frame, part.xml(options)) };
  });
}

/** The sheets of the long texts of one file; none without any. @param tables by their numbers in the places */
export function longTextSheets(
  rows: SheetRowTaker,
  parts: readonly SheetPart[],
  tables: readonly Pick<SheetTable, 'columns'>[],
  limits: WidthLimits,
): readonly Sheet[] {
  const places = tables.map(({ columns }) => new Map(columns.map(({ number }, place) => [number, place])));
  const header = [LONG_TEXT_HEADERS.map((text) => ({ text, style: HEADER_STYLE }))];
  const widths = LONG_TEXT_HEADERS.map((text, column) => widthOf(text, rows.widths.of(column), limits));
  const placeOf = (text: string) => {
    const [table, column, row] = text.split(':').map(Number);
    return `${lettersOf(places[table].get(column) ?? 0)}${row}`;
  };
  return parts
    .filter((part) => part.rows > 0)
    .map((part) => {
      const options = { order: LONG_TEXT_HEADERS.map((_, index) => index), firstRow: 2, placeOf };
      const frame = { rows: header, widths, frozen: { columns: 0, rows: 1 } };
      return { name: part.name, pieces: sheetPieces(frame, part.xml(options)) };
    });
}

/** Adds a note where rows are in more than one sheet. */
export function noteSplit(rows: SheetRowTaker, notes: NoteTaker): void {
  const { splitFiles } = rows.sheets;
  if (splitFiles === 0) return;
  const text = `a sheet holds ${MAX_SHEET_ROWS} rows; the others are in further sheets, each with the header`;
  notes.note({ code: 'FURTHER_SHEETS', text, counts: { files: splitFiles } });
}

function widthOf(name: string, widest: number, { minWidth, maxWidth }: WidthLimits): number {
  return Math.min(maxWidth, Math.max(minWidth, name.length + BUTTON, widest + 1));
}

/** @throws SluiceError `TOO_MANY_COLUMNS`, for a name that is no name of a column any more */
function refuseLongNames(names: readonly (FixedCell | undefined)[]): void {
  const long = names.find((name) => name !== undefined && name.text.length > MAX_CELL_UNITS);
  if (!long) return;
  const start = JSON.stringify(long.text.slice(0, 40));
  const message = `the name of a column, ${start}…, has more than the ${MAX_CELL_UNITS} characters that a cell holds; export it as JSON or dsv instead`;
  throw new SluiceError('ENTITY_TOO_LARGE', 'serialize', message);
}
