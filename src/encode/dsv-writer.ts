/** Writes the rows of a table as delimiter-separated values. */

import type { Spool } from '../terms/spool.js';
import {
  BYTE_ORDER_MARK,
  type CellCounts,
  CellText,
  type DsvTextSettings,
  quotedCell,
  quotedPieces,
} from './dsv-cell.js';
import { uniqueHeaders } from './dsv-columns.js';
import { ChunkReader, orderedRows, paddedRows, type RowEnds } from './dsv-spooled.js';
import { FIRST_ROW_BYTES, RowsToSpool } from './rows-to-spool.js';
import { Stretches } from './stretches.js';
import type { NoteTaker } from './table.js';
import { ABSENT, type Cells, longText, NULL, NUMBER, PLAIN, PLAIN_BYTES, spanText } from './table-cells.js';
import { otherState, type WriterState } from './table-state.js';
import type { Column, PlainCells, TableFile, TableWriter } from './table-writer.js';

/** The line end of RFC 4180 and of spreadsheets. */
export const LINE_END = '\r\n';

/** Bytes that a row needs beyond its cells, for each of them: quotes, a delimiter or an end. */
const AROUND_CELL = 16;

/** How one table is written. */
export interface DsvWriterOptions {
  readonly settings: DsvTextSettings;
  readonly counts: CellCounts;
  readonly spool: Spool;
  /** Whether the columns come in the order of their numbers. */
  readonly inOrder: boolean;
  /** Text before the header of each file. */
  readonly head: string;
}

/** Bytes that are copied faster one by one. */
const SHORT = 32;

/** A cell that needs quotes, and one that is made as a text. */
const [QUOTED, AS_TEXT] = [1, 2];

/**
 * In the spool, cells are complete but for what follows them, which depends on all columns: with columns in the order of
 * their numbers, delimiters are there already and a NUL ends each row; otherwise a NUL ends each cell. No cell holds a NUL.
 */
export class DsvWriter implements TableWriter {
  readonly #options: DsvWriterOptions;
  readonly #text: CellText;
  readonly #delimiter: Buffer;
  readonly #quote: number;
  readonly #null: Buffer | undefined;
  /** What a byte in a cell, and the first byte of one, demand. */
  readonly #inside = new Uint8Array(256);
  readonly #first = new Uint8Array(256);
  readonly #numbersAsText: boolean;
  /** Whether delimiter and quote are one byte each. */
  readonly #isShort: boolean;
  /** Whether plain bytes are plain here: none is a delimiter or quote. */
  readonly #trustsPlain: boolean;
  readonly #stretches = new Stretches();
  #out: Buffer = Buffer.allocUnsafe(FIRST_ROW_BYTES);
  #at = 0;
  readonly #toSpool: RowsToSpool;

  constructor(options: DsvWriterOptions) {
    const { settings, counts } = options;
    const { delimiter, quote, guardFormulas, excel, decimalComma } = settings;
    this.#options = options;
    this.#toSpool = new RowsToSpool(options.spool);
    this.#text = new CellText(settings, counts);
    this.#delimiter = Buffer.from(delimiter);
    this.#quote = Buffer.from(quote)[0];
    this.#null = settings.nullText === undefined ? undefined : Buffer.from(settings.nullText);
    this.#numbersAsText = excel !== undefined || decimalComma;
    const isShort = this.#delimiter.length === 1 && Buffer.byteLength(quote) === 1;
    this.#isShort = isShort;
    for (const mark of [delimiter, quote, '\r', '\n']) this.#inside[Buffer.from(mark)[0]] = isShort ? QUOTED : AS_TEXT;
    this.#inside[0] = AS_TEXT;
    this.#trustsPlain = [...PLAIN_BYTES].every((byte) => this.#inside[byte] === 0);
    const first = [guardFormulas ? "=+-@\t\r'\uff1d" : '', excel === undefined ? '' : '(0123456789'].join('');
    for (const byte of Buffer.from(first + BYTE_ORDER_MARK))
      if (byte < 0x80 || byte === 0xef) this.#first[byte] = AS_TEXT;
  }

  get plainCells(): PlainCells | undefined {
    const { inOrder } = this.#options;
    const isPlain = inOrder && this.#isShort && this.#trustsPlain && !this.#numbersAsText && !this.#null;
    if (!isPlain) return undefined;
    return {
      delimiter: this.#delimiter[0],
      quote: this.#quote,
      notFirst: this.#first.map((flag) => Math.min(flag, 1)),
    };
  }

  rows(bytes: Buffer, count: number, width: number): void {
    this.#reserve(bytes.length);
    this.#at += bytes.copy(this.#out, this.#at);
    const stretch = this.#stretches.of(width);
    stretch.bytes += bytes.length;
    stretch.rows += count;
  }

  get waiting(): number {
    return this.#at;
  }

  row(cells: Cells, width: number): void {
    const { inOrder } = this.#options;
    const count = Math.max(1, width);
    const before = this.#at;
    for (let column = 0; column < count; column++) {
      if (inOrder && column > 0) this.#append(this.#delimiter);
      this.#addCell(cells, column);
      if (!inOrder) this.#end();
    }
    if (inOrder) this.#end();
    const stretch = this.#stretches.of(count);
    stretch.bytes += this.#at - before;
    stretch.rows++;
  }

  *rowInSteps(cells: Cells, width: number): Generator<void, void> {
    const { inOrder } = this.#options;
    const count = Math.max(1, width);
    const stretch = this.#stretches.of(count);
    stretch.rows++;
    for (let column = 0; column < count; column++) {
      const before = this.#at;
      if (inOrder && column > 0) this.#append(this.#delimiter);
      const long = longText(cells, column);
      if (long === undefined) this.#addCell(cells, column);
      stretch.bytes += this.#at - before;
      const text = long === undefined ? '' : this.#text.of(long, cells.kinds[column] === NUMBER);
      for (const piece of quotedPieces(text, this.#options.settings)) {
        stretch.bytes += this.#put(piece);
        yield;
      }
      if (inOrder && column < count - 1) continue;
      this.#end();
      stretch.bytes++;
    }
  }

  #addCell({ kinds, starts, ends, plain, bytes, texts }: Cells, column: number): void {
    const kind = kinds[column];
    if (kind === ABSENT || kind === undefined) return;
    const start = starts[column];
    if (kind === NULL) {
      if (this.#null) this.#append(this.#null);
    } else if (start < 0) this.#addText(texts[column], kind === NUMBER);
    else this.#addSpan(bytes, start, ends[column], kind === NUMBER, plain[column]);
  }

  endFile(): void {
    this.#stretches.endFile();
  }

  async settle(): Promise<void> {
    this.#out = await this.#toSpool.write(this.#out, this.#at);
    this.#at = 0;
  }

  *files(columns: readonly Column[]): Generator<TableFile, void> {
    const { settings, inOrder, head, spool } = this.#options;
    // Rows of entities without members are rows all the same.
    const isNameless = columns.length === 0 && this.#stretches.hasRows;
    const all = isNameless ? [{ number: 0, header: '' }] : columns;
    const header = head + this.#header(all);
    const order = all.map(({ number }) => number);
    const rows: RowEnds = { delimiter: this.#delimiter, lineEnd: Buffer.from(LINE_END), empty: this.#empty(settings) };
    const chunks = new ChunkReader(spool.chunks());
    for (const stretches of this.#stretches.files()) {
      yield {
        rows: stretches.reduce((sum, stretch) => sum + stretch.rows, 0),
        async *pieces() {
          if (header !== '') yield Buffer.from(header);
          for (const { width, bytes } of stretches) {
            const spooled = chunks.take(bytes);
            yield* inOrder ? paddedRows(spooled, width, order.length, rows) : orderedRows(spooled, width, order, rows);
          }
        },
      };
    }
  }

  note(notes: NoteTaker): void {
    this.#options.counts.note(notes);
  }

  async drain(): Promise<WriterState> {
    // The second call waits until the first one is done.
    await this.settle();
    await this.settle();
    return { kind: 'dsv', stretches: this.#stretches.state, counts: this.#options.counts.state };
  }

  restore(state: WriterState): void {
    if (state.kind !== 'dsv') throw otherState();
    this.#stretches.restore(state.stretches);
    this.#options.counts.restore(state.counts);
  }

  async close(): Promise<void> {
    await this.#toSpool.close();
  }

  /** What stands for the only cell of a row, without which the line would be empty. */
  #empty({ quote }: DsvTextSettings): Buffer {
    return Buffer.from(quote + quote);
  }

  #header(columns: readonly Column[]): string {
    if (columns.length === 0) return '';
    const texts = uniqueHeaders(columns.map(({ header }) => this.#text.of(header, false)));
    return (
      texts.map((text) => quotedCell(text, this.#options.settings)).join(this.#options.settings.delimiter) + LINE_END
    );
  }

  #addSpan(bytes: Uint8Array, start: number, end: number, isNumber: boolean, known: number): void {
    const length = end - start;
    const isText = isNumber ? this.#numbersAsText : length === 0 || this.#first[bytes[start]] !== 0;
    if (isText || length === this.#null?.length) {
      this.#addText(spanText(bytes, start, end), isNumber);
      return;
    }
    this.#reserve(length);
    const out = this.#out;
    let at = this.#at;
    if ((known & PLAIN) !== 0 && this.#trustsPlain) {
      if (length >= SHORT) out.set(bytes.subarray(start, end), at);
      else for (let pos = start; pos < end; pos++) out[at++] = bytes[pos];
      this.#at += length;
      return;
    }
    const inside = this.#inside;
    for (let pos = start; pos < end; pos++) {
      const byte = bytes[pos];
      const demand = inside[byte];
      if (demand !== 0) {
        if (demand !== QUOTED || !this.#addQuoted(bytes, start, pos, end)) {
          this.#addText(spanText(bytes, start, end), isNumber);
        }
        return;
      }
      out[at++] = byte;
    }
    this.#at = at;
  }

  /**
   * Adds a span in quotes, with the quotes inside it doubled.
   * @param special its first byte that needs the quotes; those before it need nothing
   * @returns false, and adds nothing, for one with a NUL
   */
  #addQuoted(bytes: Uint8Array, start: number, special: number, end: number): boolean {
    this.#reserve(2 * (end - start));
    const out = this.#out;
    const quote = this.#quote;
    let at = this.#at;
    out[at++] = quote;
    if (special - start < SHORT) for (let pos = start; pos < special; pos++) out[at++] = bytes[pos];
    else {
      out.set(bytes.subarray(start, special), at);
      at += special - start;
    }
    for (let pos = special; pos < end; pos++) {
      const byte = bytes[pos];
      out[at++] = byte;
      if (byte === quote) out[at++] = quote;
      else if (byte === 0) return false;
    }
    out[at++] = quote;
    this.#at = at;
    return true;
  }

  #addText(value: string, isNumber: boolean): void {
    this.#put(quotedCell(this.#text.of(value, isNumber), this.#options.settings));
  }

  /** @returns the number of bytes */
  #put(text: string): number {
    // No character of UTF-16 has more than three bytes.
    this.#reserve(3 * text.length);
    const bytes = this.#out.write(text, this.#at);
    this.#at += bytes;
    return bytes;
  }

  #append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    if (bytes.length === 1) this.#out[this.#at++] = bytes[0];
    else this.#at += bytes.copy(this.#out, this.#at);
  }

  #end(): void {
    this.#reserve(1);
    this.#out[this.#at++] = 0;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes + AROUND_CELL;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#out.length, needed));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
  }
}
