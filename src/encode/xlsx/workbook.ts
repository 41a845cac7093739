/** The parts of a workbook, in the order of its archive. */
import type { Deflated } from '../../terms/deflated.js';
import { escaped, needsPreserve } from './cell-text.js';
import { lettersOf } from './sheet-xml.js';
import { STYLES_XML } from './styles.js';

/** Bytes, or bytes that are deflated already. */
export type SheetPieces = AsyncIterable<Buffer | Deflated> | Iterable<Buffer | Deflated>;

/** A part of a workbook; its pieces are used up before the next part is asked for. */
export interface WorkbookPart {
  readonly name: string;
  readonly pieces: SheetPieces;
}

/** Packs parts into the bytes of a file. */
export type PartPacker = (parts: Iterable<WorkbookPart>) => AsyncGenerator<Buffer, void>;

/** A sheet of a workbook. */
export interface Sheet {
  readonly name: string;
  readonly hidden?: boolean;
  /** The cells that are filtered, from the header to the last row; absent: none. */
  readonly filter?: string;
  readonly pieces: SheetPieces;
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OF_SPREADSHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const relationship = (id: number, type: string, target: string) =>
  `<Relationship Id="rId${id}" Type="${type}" Target="${target}"/>`;

const ROOT_RELATIONSHIPS =
  `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
  relationship(1, `${OFFICE}/relationships/officeDocument`, 'xl/workbook.xml') +
  relationship(2, `${PACKAGE}/relationships/metadata/core-properties`, 'docProps/core.xml') +
  relationship(3, `${OFFICE}/relationships/extended-properties`, 'docProps/app.xml') +
  '</Relationships>';

const APP = `${XML}<Properties xmlns="${OFFICE}/extended-properties"><Application>sluice</Application></Properties>`;

/** Without a time, so that equal exports have equal bytes. */
const CORE =
  `${XML}<cp:coreProperties xmlns:cp="${PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
  '<dc:creator>sluice</dc:creator></cp:coreProperties>';

/** Yields the parts of a workbook with these sheets; the first one of `active` is in front. */
export function* workbookParts(sheets: readonly Sheet[], active = 0): Generator<WorkbookPart, void> {
  const part = (name: string, xml: string): WorkbookPart => ({ name, pieces: [Buffer.from(xml)] });
  yield part('_rels/.rels', ROOT_RELATIONSHIPS);
  yield part('[Content_Types].xml', contentTypes(sheets.length));
  yield part('docProps/app.xml', APP);
  yield part('docProps/core.xml', CORE);
  yield part('xl/workbook.xml', workbookXml(sheets, active));
  yield part('xl/_rels/workbook.xml.rels', workbookRelationships(sheets.length));
  yield part('xl/styles.xml', STYLES_XML);
  for (const [index, { pieces }] of sheets.entries()) yield { name: `xl/worksheets/sheet${index + 1}.xml`, pieces };
}

function contentTypes(sheets: number): string {
  const override = (name: string, type: string) => `<Override PartName="/${name}" ContentType="${type}"/>`;
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    override('docProps/app.xml', 'application/vnd.openxmlformats-officedocument.extended-properties+xml') +
    override('docProps/core.xml', 'application/vnd.openxmlformats-package.core-properties+xml') +
    override('xl/styles.xml', `${OF_SPREADSHEET}.styles+xml`) +
    override('xl/workbook.xml', `${OF_SPREADSHEET}.sheet.main+xml`) +
    eachSheet(sheets, (number) => override(`xl/worksheets/sheet${number}.xml`, `${OF_SPREADSHEET}.worksheet+xml`)) +
    '</Types>'
  );
}

function workbookXml(sheets: readonly Sheet[], active: number): string {
  const tabs = sheets.map(({ name, hidden }, index) => {
    const state = hidden ? ' state="hidden"' : '';
    return `<sheet name="${attribute(name)}" sheetId="${index + 1}"${state} r:id="rId${index + 1}"/>`;
  });
  const filters = sheets.flatMap(({ name, filter }, index) => {
    if (filter === undefined) return [];
    const cells = filter.replace(/[A-Z]+|\d+/g, (part) => `$${part}`);
    const named = `<definedName name="_xlnm._FilterDatabase" localSheetId="${index}" hidden="1">`;
    return [`${named}'${attribute(name)}'!${cells}</definedName>`];
  });
  return (
    `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}/relationships">` +
    `<bookViews><workbookView activeTab="${active}"/></bookViews>` +
    `<sheets>${tabs.join('')}</sheets>` +
    `${filters.length === 0 ? '' : `<definedNames>${filters.join('')}</definedNames>`}</workbook>`
  );
}

function workbookRelationships(sheets: number): string {
  return (
    `${XML}<Relationships xmlns="${PACKAGE}/relationships">` +
    eachSheet(sheets, (number) =>
      relationship(number, `${OFFICE}/relationships/worksheet`, `worksheets/sheet${number}.xml`),
    ) +
    `${relationship(sheets + 1, `${OFFICE}/relationships/styles`, 'styles.xml')}</Relationships>`
  );
}

function eachSheet(count: number, make: (number: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index + 1)).join('');
}

function attribute(text: string): string {
  return escaped(text).replaceAll('"', '&quot;');
}

/** A cell of a header or of a small sheet. */
export interface FixedCell {
  readonly text: string;
  readonly style: number;
}

/** What a sheet has beside its rows. */
export interface SheetFrame {
  /** Rows before the others, from the first; a missing cell is empty. */
  readonly rows: readonly (readonly (FixedCell | undefined)[])[];
  /** Width of each column in characters. */
  readonly widths: readonly number[];
  /** Columns and rows that stay in sight. */
  readonly frozen?: { readonly columns: number; readonly rows: number };
  readonly filter?: string;
  /** Cells that are one, such as `A1:D1`. */
  readonly merged?: readonly string[];
  /** Whether its tab is selected. */
  readonly selected?: boolean;
}

/** The pieces of a sheet: what is before the rows, the rows, what is after them. */
export async function* sheetPieces(frame: SheetFrame, rows?: SheetPieces): AsyncGenerator<Buffer | Deflated, void> {
  yield Buffer.from(beforeRows(frame));
  if (rows) yield* rows;
  yield Buffer.from(afterRows(frame));
}

function beforeRows({ rows, widths, frozen, selected }: SheetFrame): string {
  const columns = widths.map((width, index) => {
    const number = index + 1;
    return `<col min="${number}" max="${number}" width="${width}" customWidth="1"/>`;
  });
  return (
    `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView${selected ? ' tabSelected="1"' : ''} workbookViewId="0"` +
    `${frozen ? `>${pane(frozen)}</sheetView>` : '/>'}</sheetViews>` +
    `${columns.length === 0 ? '' : `<cols>${columns.join('')}</cols>`}<sheetData>${rows.map(fixedRow).join('')}`
  );
}

function pane({ columns, rows }: { readonly columns: number; readonly rows: number }): string {
  const split = `${columns > 0 ? ` xSplit="${columns}"` : ''} ySplit="${rows}"`;
  const active = columns > 0 ? 'bottomRight' : 'bottomLeft';
  const corner = `${lettersOf(columns)}${rows + 1}`;
  return `<pane${split} topLeftCell="${corner}" activePane="${active}" state="frozen"/><selection pane="${active}"/>`;
}

function afterRows({ filter, merged = [] }: SheetFrame): string {
  const cells = merged.map((range) => `<mergeCell ref="${range}"/>`).join('');
  return (
    `</sheetData>${filter === undefined ? '' : `<autoFilter ref="${filter}"/>`}` +
    `${cells === '' ? '' : `<mergeCells count="${merged.length}">${cells}</mergeCells>`}</worksheet>`
  );
}

function fixedRow(cells: readonly (FixedCell | undefined)[], index: number): string {
  const texts = cells.map((cell, column) => (cell ? fixedCell(cell, `${lettersOf(column)}${index + 1}`) : ''));
  return cells.length === 0 ? '' : `<row r="${index + 1}">${texts.join('')}</row>`;
}

function fixedCell({ text, style }: FixedCell, at: string): string {
  const content = escaped(text);
  const bytes = Buffer.from(content);
  const space = needsPreserve(bytes, 0, bytes.length) ? ' xml:space="preserve"' : '';
  if (text === '') return `<c r="${at}" s="${style}"/>`;
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t${space}>${content}</t></is></c>`;
}
