/** The rows of sheets until all columns are known: a compact form in a spool. */
import type { Spool } from '../../terms/spool.js';
import { ChunkReader } from '../dsv-spooled.js';
import { FIRST_ROW_BYTES, RowsToSpool } from '../rows-to-spool.js';
import type { Cells } from '../table-cells.js';
import { otherState, type SheetRowsState } from '../table-state.js';
import {
  CELL_HEAD,
  IN_FALSE,
  IN_NUMBER,
  IN_PRESERVED,
  IN_TEXT,
  IN_TRUE,
  LONG_LENGTH,
  MAX_CELL_HEAD,
  ROW_HEAD,
} from './cell-form.js';
import { CellRows } from './cell-rows.js';
import { addEscaped, MAX_ESCAPED, needsPreserve } from './cell-text.js';
import type { RowSheet, RowsOptions, SheetPart, SheetRowTaker } from './row-sheets.js';
import { rowsXml } from './sheet-xml.js';

/** A cell: a text, or a kind and its content as the spool has it. */
export type MadeCell = string | readonly [kind: number, content: string];

/** How the rows are taken, and where they wait. */
export interface SheetRowsOptions extends RowsOptions {
  readonly spool: Spool;
}

/** What a sheet has in the spool. */
interface Stretch {
  bytes: number;
}

/** The rows of one table, in one or more sheets of one or more files. */
export class SheetRows extends CellRows<SheetRowsOptions, Stretch> implements SheetRowTaker {
  #out: Buffer = Buffer.allocUnsafe(FIRST_ROW_BYTES);
  #at = 0;
  readonly #toSpool: RowsToSpool;

  constructor(options: SheetRowsOptions) {
    super(options, () => ({ bytes: 0 }));
    this.#toSpool = new RowsToSpool(options.spool);
  }

  /** Bytes of rows in memory. */
  get waiting(): number {
    return this.#at;
  }

  /** Adds a row, whose cells are used up at once. */
  row(cells: Cells, width: number): void {
    const sheet = this.sheets.next();
    const before = this.#beginRow();
    this.writeCells(cells, width);
    this.#endRow(sheet, before);
  }

  /** Adds a row of cells in the columns from 0, whose texts fit into cells. */
  madeRow(cells: readonly MadeCell[]): void {
    const sheet = this.sheets.next();
    const before = this.#beginRow();
    const add = (cell: MadeCell, column: number) =>
      typeof cell === 'string' ? this.writeText(column, cell) : this.#made(column, cell[1], cell[0]);
    cells.forEach(add);
    this.#endRow(sheet, before);
  }

  endFile(): void {
    this.sheets.endFile();
  }

  /** Begins to move the rows to the spool; those of the call before are there. */
  async settle(): Promise<void> {
    this.#out = await this.#toSpool.write(this.#out, this.#at);
    this.#at = 0;
  }

  async drain(): Promise<SheetRowsState> {
    // The second call waits until the first one is done.
    await this.settle();
    await this.settle();
    return { kind: 'cells', sheets: this.sheets.stateOf(({ bytes }) => bytes), widths: this.widths.state };
  }

  restore(state: SheetRowsState): void {
    if (state.kind !== 'cells') throw otherState();
    this.sheets.restore(state.sheets, (bytes) => ({ bytes }));
    this.widths.restore(state.widths);
  }

  *files(): Generator<readonly SheetPart[], void> {
    const reader = new ChunkReader(this.options.spool.chunks());
    for (const sheets of this.sheets.files()) {
      yield sheets.map((sheet) => ({
        name: this.sheets.nameOf(sheet),
        rows: sheet.rows,
        xml: (options) => rowsXml(reader.take(sheet.content.bytes), options),
      }));
    }
  }

  async close(): Promise<void> {
    await this.#toSpool.close();
  }

  /** Begins a row. @returns where */
  #beginRow(): number {
    const start = this.#at;
    this.#reserve(ROW_HEAD);
    this.#at += ROW_HEAD;
    return start;
  }

  #endRow(sheet: RowSheet<Stretch>, start: number): void {
    this.#out.writeUInt32LE(this.#at - start - ROW_HEAD, start);
    sheet.content.bytes += this.#at - start;
    sheet.rows++;
  }

  protected writeBoolean(column: number, isTrue: boolean): void {
    const head = this.#begin(0);
    this.#end(head, column, isTrue ? IN_TRUE : IN_FALSE, head + CELL_HEAD);
  }

  protected writeShortNumber(column: number, bytes: Uint8Array, start: number, end: number): void {
    const head = this.#begin(end - start);
    let at = head + CELL_HEAD;
    for (let pos = start; pos < end; pos++) this.#out[at++] = bytes[pos];
    this.#end(head, column, IN_NUMBER, at);
  }

  protected writeNumber(column: number, text: string): void {
    this.#made(column, text, IN_NUMBER);
  }

  protected writeSpan(column: number, bytes: Uint8Array, start: number, end: number): void {
    const head = this.#begin(MAX_ESCAPED * (end - start));
    const from = head + CELL_HEAD;
    const at = addEscaped(bytes, start, end, this.#out, from);
    this.#end(head, column, needsPreserve(this.#out, from, at) ? IN_PRESERVED : IN_TEXT, at);
  }

  protected writeEscaped(column: number, content: string): void {
    this.#made(column, content, IN_PRESERVED);
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
    this.widths.add(column, length);
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#out.length, needed));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}
