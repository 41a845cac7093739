/** The rows of sheets whose columns come in the order of their numbers: as XML, which is deflated at once. */
import type { Deflated, Deflating } from '../../terms/deflated.js';
import type { Cells } from '../table-cells.js';
import { PLAIN_IN_XML } from '../table-cells.js';
import { otherState, type SheetRowsState } from '../table-state.js';
import { WORD, type Words, wordsOf } from './ascii-words.js';
import { CellRows } from './cell-rows.js';
import { addEscaped, MAX_ESCAPED, needsPreserve } from './cell-text.js';
import type { RowSheet, RowsOptions, SheetPart, SheetRowTaker } from './row-sheets.js';
import { lettersOf } from './sheet-xml.js';
import { TEXT_STYLE } from './styles.js';

const FIRST_BYTES = 1024 * 1024;

/** Bytes that are copied faster one by one, or in words. */
const SHORT = 64;

/** Bytes around the content of a cell at most, with those that are written beyond it. */
const AROUND_CELL = 160;

const BEFORE_TEXT = wordsOf(`" s="${TEXT_STYLE}" t="inlineStr"><is><t>`);
const PRESERVE = Buffer.from(' xml:space="preserve"');
const AFTER_TEXT = wordsOf('</t></is></c>');
const BEFORE_NUMBER = wordsOf('"><v>');
const AFTER_NUMBER = wordsOf('</v></c>');
const IS_TRUE = wordsOf('" t="b"><v>1</v></c>');
const IS_FALSE = wordsOf('" t="b"><v>0</v></c>');
const BEFORE_ROW = wordsOf('<row r="');
const BEFORE_CELLS = wordsOf('">');
const AFTER_ROW = wordsOf('</row>');

/** Where the bytes of a sheet end. */
interface SheetEnd {
  readonly at: number;
  readonly sheet: RowSheet<Content>;
}

interface Content {
  xml?: Deflated;
}

/** How the rows are taken, and where they go. */
export interface XmlRowsOptions extends RowsOptions {
  readonly deflating: Deflating;
}

/** The rows of one table. */
export class XmlRows extends CellRows<XmlRowsOptions, Content> implements SheetRowTaker {
  #out: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = viewOf(this.#out);
  #at = 0;
  /** The bytes of the cells. */
  #bytes: Uint8Array = new Uint8Array(0);
  #source = viewOf(this.#bytes);
  /** What begins the cells of each column. */
  readonly #begins: Words[] = [];
  /** The number of the row, as a word, and its digits. */
  readonly #digits = Buffer.alloc(WORD);
  #number = 0;
  #numberLength = 0;
  /** Ends of sheets in the bytes that wait. */
  #ends: SheetEnd[] = [];

  constructor(options: XmlRowsOptions) {
    super(options, () => ({}));
  }

  get waiting(): number {
    return this.#at;
  }

  row(cells: Cells, width: number): void {
    const sheet = this.#sheet();
    while (this.#begins.length < width) this.#begins.push(wordsOf(`<c r="${lettersOf(this.#begins.length)}`));
    if (cells.bytes !== this.#bytes) {
      this.#bytes = cells.bytes;
      this.#source = viewOf(cells.bytes);
    }
    this.#setNumber(this.options.headerRows + sheet.rows + 1);
    this.#reserve(0);
    this.#words(BEFORE_ROW);
    this.#rowNumber();
    this.#words(BEFORE_CELLS);
    this.writeCells(cells, width);
    this.#reserve(0);
    this.#words(AFTER_ROW);
    sheet.rows++;
  }

  endFile(): void {
    this.#endSheet();
    this.sheets.endFile();
  }

  async settle(): Promise<void> {
    const { deflating } = this.options;
    let from = 0;
    for (const { at, sheet } of this.#ends) {
      if (at > from) await deflating.write(this.#out.subarray(from, at));
      sheet.content.xml = await deflating.end();
      from = at;
    }
    if (this.#at > from) await deflating.write(this.#out.subarray(from, this.#at));
    this.#ends = [];
    this.#at = 0;
  }

  async drain(): Promise<SheetRowsState> {
    await this.settle();
    const deflating = await this.options.deflating.drain();
    const sheets = this.sheets.stateOf(({ xml }) => (xml ? { start: xml.start, ...xml.totals } : null));
    return { kind: 'xml', sheets, widths: this.widths.state, deflating };
  }

  restore(state: SheetRowsState): void {
    if (state.kind !== 'xml') throw otherState();
    const { deflating } = this.options;
    deflating.restore(state.deflating);
    this.sheets.restore(state.sheets, (piece) => {
      if (!piece) return {};
      const { start, ...totals } = piece;
      return { xml: deflating.pieceAt(start, totals) };
    });
    this.widths.restore(state.widths);
  }

  *files(): Generator<readonly SheetPart[], void> {
    for (const sheets of this.sheets.files()) {
      yield sheets.map((sheet) => ({
        name: this.sheets.nameOf(sheet),
        rows: sheet.rows,
        xml: () => (sheet.content.xml ? [sheet.content.xml] : []),
      }));
    }
  }

  async close(): Promise<void> {
    await this.options.deflating.close();
  }

  /** The sheet that takes the next row. */
  #sheet(): RowSheet<Content> {
    const { last } = this.sheets;
    const sheet = this.sheets.next();
    if (last && sheet !== last) this.#ends.push({ at: this.#at, sheet: last });
    return sheet;
  }

  #endSheet(): void {
    const { last } = this.sheets;
    if (last) this.#ends.push({ at: this.#at, sheet: last });
  }

  #setNumber(number: number): void {
    this.#numberLength = this.#digits.write(String(number), 'latin1');
    this.#number = this.#digits.readDoubleLE(0);
  }

  protected writeBoolean(column: number, isTrue: boolean): void {
    this.#begin(column, 0);
    this.#words(isTrue ? IS_TRUE : IS_FALSE);
    this.widths.add(column, 5);
  }

  protected writeShortNumber(column: number, _bytes: Uint8Array, start: number, end: number): void {
    this.#begin(column, end - start);
    this.#words(BEFORE_NUMBER);
    this.#copyWords(start, end);
    this.#words(AFTER_NUMBER);
    this.widths.add(column, end - start);
  }

  protected writeNumber(column: number, text: string): void {
    this.#begin(column, text.length);
    this.#words(BEFORE_NUMBER);
    this.#at += this.#out.write(text, this.#at, 'latin1');
    this.#words(AFTER_NUMBER);
    this.widths.add(column, text.length);
  }

  protected writeSpan(column: number, bytes: Uint8Array, start: number, end: number, known: number): void {
    if ((known & PLAIN_IN_XML) === 0) this.#escape(column, bytes, start, end);
    else this.#copy(column, bytes, start, end);
  }

  protected writeEscaped(column: number, content: string): void {
    this.#begin(column, 3 * content.length);
    this.#words(BEFORE_TEXT);
    this.#preserve(this.#at);
    const length = this.#out.write(content, this.#at);
    this.#at += length;
    this.#words(AFTER_TEXT);
    this.widths.add(column, length);
  }

  /** Writes a span of the cells' bytes in which nothing is escaped. */
  #copy(column: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#begin(column, length);
    this.#words(BEFORE_TEXT);
    if (length > 0 && (bytes[start] <= 0x20 || bytes[end - 1] <= 0x20)) this.#preserve(this.#at);
    if (length < SHORT) this.#copyWords(start, end);
    else {
      this.#out.set(bytes.subarray(start, end), this.#at);
      this.#at += length;
    }
    this.#words(AFTER_TEXT);
    this.widths.add(column, length);
  }

  #escape(column: number, bytes: Uint8Array, start: number, end: number): void {
    this.#begin(column, MAX_ESCAPED * (end - start));
    this.#words(BEFORE_TEXT);
    const from = this.#at;
    this.#at = addEscaped(bytes, start, end, this.#out, from);
    this.widths.add(column, this.#at - from);
    if (needsPreserve(this.#out, from, this.#at)) this.#preserve(from);
    this.#words(AFTER_TEXT);
  }

  /** Tells readers to keep white space, in the tag that ends at a position. */
  #preserve(at: number): void {
    this.#out.copyWithin(at - 1 + PRESERVE.length, at - 1, this.#at);
    this.#out.set(PRESERVE, at - 1);
    this.#at += PRESERVE.length;
  }

  /** Makes room for a cell and its content, and begins it. */
  #begin(column: number, bytes: number): void {
    this.#reserve(bytes);
    this.#words(this.#begins[column]);
    this.#rowNumber();
  }

  #rowNumber(): void {
    this.#view.setFloat64(this.#at, this.#number, true);
    this.#at += this.#numberLength;
  }

  /** Writes words for which there is room, and for those that the last one has beyond the text. */
  #words({ words, length }: Words): void {
    const view = this.#view;
    const at = this.#at;
    for (let index = 0; index < words.length; index++) view.setFloat64(at + WORD * index, words[index], true);
    this.#at = at + length;
  }

  /** Copies a span of the bytes of the cells. */
  #copyWords(start: number, end: number): void {
    const source = this.#source;
    const view = this.#view;
    let at = this.#at;
    let pos = start;
    for (; pos + 4 <= end; pos += 4, at += 4) view.setUint32(at, source.getUint32(pos));
    for (; pos < end; pos++) view.setUint8(at++, source.getUint8(pos));
    this.#at = at;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes + AROUND_CELL;
    if (needed <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#out.length, needed));
    this.#out.copy(larger, 0, 0, this.#at);
    this.#out = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
