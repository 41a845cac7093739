/** Writes the rows of a table as a workbook: a sheet with a header, which stays in sight and filters. */
import { uniqueHeaders } from '../dsv-columns.js';
import type { NoteTaker } from '../table.js';
import type { Cells } from '../table-cells.js';
import { otherState, type WriterState } from '../table-state.js';
import type { Column, TableFile, TableWriter } from '../table-writer.js';
import { LongTexts } from './long-texts.js';
import type { RowsOptions, SheetRowTaker } from './row-sheets.js';
import { SheetRows } from './sheet-rows.js';
import { longTextSheets, noteSplit, type SheetTable, tableSheets, type WorkbookOptions } from './sheets.js';
import { HEADER_STYLE } from './styles.js';
import { workbookParts } from './workbook.js';
import { XmlRows } from './xml-rows.js';

/** The name of the sheet. */
const SHEET = 'Data';

/** One file for each part of the rows. */
export class PlainWorkbook implements TableWriter {
  readonly #options: WorkbookOptions;
  readonly #rows: SheetRowTaker;
  readonly #long: LongTexts;

  constructor(options: WorkbookOptions) {
    const { openSpool, openDeflating, settings, maxRows } = options;
    this.#options = options;
    this.#long = new LongTexts(openSpool(), maxRows);
    const rows: RowsOptions = {
      name: SHEET,
      headerRows: 1,
      plain: true,
      maxRows,
      nullText: settings.nullText,
      takeLong: (text, place) => this.#long.add(text, 0, place),
    };
    // Listed paths may have columns that are found after others, and come before them.
    this.#rows =
      settings.columns.length === 0
        ? new XmlRows({ ...rows, deflating: openDeflating() })
        : new SheetRows({ ...rows, spool: openSpool() });
  }

  get waiting(): number {
    return this.#rows.waiting + this.#long.rows.waiting;
  }

  row(cells: Cells, width: number): void {
    for (const _ of this.rowInSteps(cells, width));
  }

  *rowInSteps(cells: Cells, width: number): Generator<void, void> {
    this.#rows.row(cells, width);
    yield* this.#long.steps();
  }

  endFile(): void {
    this.#rows.endFile();
    this.#long.rows.endFile();
  }

  async settle(): Promise<void> {
    await Promise.all([this.#rows.settle(), this.#long.rows.settle()]);
  }

  *files(columns: readonly Column[]): Generator<TableFile, void> {
    // Rows of entities without members are rows all the same.
    const all = columns.length === 0 && this.#rows.sheets.count > 0 ? [{ number: 0, header: '' }] : columns;
    const headers = uniqueHeaders(all.map(({ header }) => header));
    const table: SheetTable = {
      rows: this.#rows,
      columns: all,
      header: [headers.map((text) => ({ text, style: HEADER_STYLE }))],
      frozen: { columns: 0, rows: 1 },
      filters: true,
    };
    const long = this.#long.rows.files();
    for (const parts of this.#rows.files()) {
      const sheets = [
        ...tableSheets(table, parts, this.#options.settings, true),
        ...longTextSheets(this.#long.rows, long.next().value ?? [], [table], this.#options.settings),
      ];
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      yield { rows, pieces: () => this.#options.pack(workbookParts(sheets)) };
    }
  }

  async drain(): Promise<WriterState> {
    return { kind: 'sheet', rows: await this.#rows.drain(), long: await this.#long.drain() };
  }

  restore(state: WriterState): void {
    if (state.kind !== 'sheet') throw otherState();
    this.#rows.restore(state.rows);
    this.#long.restore(state.long);
  }

  note(notes: NoteTaker): void {
    noteSplit(this.#rows, notes);
    this.#long.note(notes);
  }

  async close(): Promise<void> {
    await this.#rows.close();
    await this.#long.rows.close();
  }
}
