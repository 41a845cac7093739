/** From rows in a spool to the XML of a sheet, whose columns are known now. */
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import {
  CELL_HEAD,
  IN_FALSE,
  IN_NUMBER,
  IN_PLACE,
  IN_PRESERVED,
  IN_TEXT,
  IN_TRUE,
  LONG_LENGTH,
  ROW_HEAD,
} from './cell-form.js';
import type { RowsXmlOptions } from './row-sheets.js';
import { TEXT_STYLE } from './styles.js';

/** Bytes of output that are made before they are passed on. */
const OUT_BYTES = 256 * 1024;

/** Bytes of rows in memory at the beginning. */
const IN_BYTES = 300 * 1024;

/** Bytes that are copied faster one by one. */
const SHORT = 48;

/** What is written between the place of a cell and its content, and after that, by kind. */
const WRAPS: readonly (readonly [before: Buffer, after: Buffer])[] = [];
const wrap = (kind: number, before: string, after: string) => {
  Object.assign(WRAPS, { [kind]: [Buffer.from(before), Buffer.from(after)] });
};
wrap(IN_TEXT, `" s="${TEXT_STYLE}" t="inlineStr"><is><t>`, '</t></is></c>');
wrap(IN_PRESERVED, `" s="${TEXT_STYLE}" t="inlineStr"><is><t xml:space="preserve">`, '</t></is></c>');
wrap(IN_NUMBER, '"><v>', '</v></c>');
wrap(IN_TRUE, '" t="b"><v>1', '</v></c>');
wrap(IN_FALSE, '" t="b"><v>0', '</v></c>');

/** Bytes around the content of a cell: its place, and the longest wrap. */
const AROUND_CELL = 128;

/** The letters of a column, from 0. */
export function lettersOf(column: number): string {
  let letters = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

/** Yields the XML of rows; each piece is used up before the next one is requested. */
export async function* rowsXml(chunks: AsyncIterable<Buffer>, options: RowsXmlOptions): AsyncGenerator<Buffer, void> {
  const writer = new RowWriter(options);
  // Chunks are cut anywhere, and used up before the next one is read: what is left of one goes before the next.
  let bytes: Buffer = Buffer.allocUnsafe(IN_BYTES);
  let rest = 0;
  for await (const chunk of chunks) {
    const length = rest + chunk.length;
    if (length > bytes.length) bytes = larger(bytes, rest, length);
    bytes.set(chunk, rest);
    let at = 0;
    while (length - at >= ROW_HEAD) {
      const end = at + ROW_HEAD + bytes.readUInt32LE(at);
      if (end > length) break;
      writer.write(bytes, at + ROW_HEAD, end);
      at = end;
      if (!writer.isFull) continue;
      yield writer.take();
      if (turnIsOver()) await nextTurn();
    }
    bytes.copyWithin(0, at, length);
    rest = length - at;
  }
  yield writer.take();
}

/** The first bytes in larger memory. */
function larger(bytes: Buffer, length: number, needed: number): Buffer {
  const memory = Buffer.allocUnsafe(Math.max(2 * bytes.length, needed));
  bytes.copy(memory, 0, 0, length);
  return memory;
}

class RowWriter {
  /** The place of each column in the sheet, by its number; -1 for none. */
  readonly #places: Int32Array;
  /** What begins a cell in each place. */
  readonly #begins: readonly Buffer[];
  readonly #isInOrder: boolean;
  readonly #placeOf: (text: string) => string;
  /** Place and position of each cell of the row, to be sorted by place. */
  #cells = new Float64Array(64);
  #out: Buffer = Buffer.allocUnsafe(2 * OUT_BYTES);
  #at = 0;
  #row: number;
  #digits: Buffer = Buffer.alloc(0);

  constructor({ order, firstRow, placeOf }: RowsXmlOptions) {
    this.#places = new Int32Array(Math.max(0, ...order) + 1).fill(-1);
    for (const [place, number] of order.entries()) this.#places[number] = place;
    this.#begins = order.map((_, place) => Buffer.from(`<c r="${lettersOf(place)}`));
    this.#isInOrder = order.every((number, place) => place === 0 || order[place - 1] < number);
    this.#row = firstRow;
    this.#placeOf = placeOf;
  }

  get isFull(): boolean {
    return this.#at >= OUT_BYTES;
  }

  take(): Buffer {
    const taken = this.#out.subarray(0, this.#at);
    this.#at = 0;
    return taken;
  }

  write(bytes: Buffer, start: number, end: number): void {
    this.#digits = Buffer.from(String(this.#row++));
    this.#ascii('<row r="');
    this.#bytes(this.#digits);
    this.#ascii('">');
    if (this.#isInOrder) {
      for (let pos = start; pos < end; ) pos = this.#cell(bytes, pos);
    } else {
      this.#sorted(bytes, start, end);
    }
    this.#ascii('</row>');
  }

  #sorted(bytes: Buffer, start: number, end: number): void {
    let count = 0;
    let before = -1;
    let isSorted = true;
    for (let pos = start; pos < end; ) {
      const place = this.#places[bytes[pos + 1] | (bytes[pos + 2] << 8)];
      if (count === this.#cells.length) {
        const more = new Float64Array(2 * count);
        more.set(this.#cells);
        this.#cells = more;
      }
      // A place has 14 bits, a position fewer than 36.
      this.#cells[count++] = place * 2 ** 36 + pos;
      isSorted &&= place > before;
      before = place;
      const length = bytes[pos + 3];
      pos += CELL_HEAD + (length < LONG_LENGTH ? length : 4 + bytes.readUInt32LE(pos + CELL_HEAD));
    }
    const cells = this.#cells.subarray(0, count);
    if (!isSorted) cells.sort();
    for (let index = 0; index < count; index++) this.#cell(bytes, cells[index] % 2 ** 36);
  }

  /** Writes the cell at a position. @returns the position after it */
  #cell(bytes: Buffer, pos: number): number {
    const kind = bytes[pos];
    const place = this.#places[bytes[pos + 1] | (bytes[pos + 2] << 8)];
    let length = bytes[pos + 3];
    let from = pos + CELL_HEAD;
    if (length === LONG_LENGTH) {
      length = bytes.readUInt32LE(from);
      from += 4;
    }
    this.#reserve(length + AROUND_CELL);
    this.#bytes(this.#begins[place]);
    this.#bytes(this.#digits);
    if (kind === IN_PLACE) this.#place(bytes.toString('latin1', from, from + length));
    else {
      const [before, after] = WRAPS[kind];
      this.#bytes(before);
      if (length >= SHORT) this.#at += bytes.copy(this.#out, this.#at, from, from + length);
      else {
        const out = this.#out;
        let at = this.#at;
        for (let index = from; index < from + length; index++) out[at++] = bytes[index];
        this.#at = at;
      }
      this.#bytes(after);
    }
    return from + length;
  }

  #place(text: string): void {
    const [before, after] = WRAPS[IN_TEXT];
    this.#bytes(before);
    this.#ascii(this.#placeOf(text));
    this.#bytes(after);
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    const out = this.#out;
    let at = this.#at;
    for (let index = 0; index < text.length; index++) out[at++] = text.charCodeAt(index);
    this.#at = at;
  }

  /** Copies bytes for which there is room. */
  #bytes(bytes: Buffer): void {
    const out = this.#out;
    const { length } = bytes;
    let at = this.#at;
    for (let index = 0; index < length; index++) out[at++] = bytes[index];
    this.#at = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes + AROUND_CELL;
    if (needed <= this.#out.length) return;
    this.#out = larger(this.#out, this.#at, needed);
  }
}
