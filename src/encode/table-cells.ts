/** The cells of one row: what lies between the values of an entity and the writer of a table. */

/** What a cell holds. An absent cell has no value; `JSON_TEXT` is the text of an array or object. */
export const ABSENT = 0;
export const NULL = 1;
export const TEXT = 2;
export const NUMBER = 3;
export const BOOLEAN = 4;
export const JSON_TEXT = 5;

export type CellKind = typeof NULL | typeof TEXT | typeof NUMBER | typeof BOOLEAN | typeof JSON_TEXT;

/**
 * Bytes that no format of tables treats in a way of its own: letters, digits, spaces, and some punctuation. A span of plain
 * bytes can be copied without a look at it.
 */
export const PLAIN_BYTES: ReadonlySet<number> = new Set([
  ...Buffer.from(' ./:_-+()ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
  ...Array.from({ length: 0x80 }, (_, index) => 0x80 + index),
]);

/** Bytes that a workbook writes in another way, or may. */
export const ESCAPED_BYTES: ReadonlySet<number> = new Set([
  ...Array.from({ length: 0x20 }, (_, index) => index),
  ...Buffer.from('&<>_'),
  // The first byte of U+FFFE and U+FFFF.
  0xef,
]);

/** What is known of a span: it holds nothing but plain bytes; none of the escaped ones. */
export const PLAIN = 1;
export const PLAIN_IN_XML = 2;

/** Columns that fit before the first growth. */
const FIRST_COLUMNS = 64;

/**
 * One row, reused for all of them. A cell is a span of `bytes`, in UTF-8 and without escapes, or a text.
 */
export class Cells {
  /** The kind of each cell, by column. */
  kinds = new Uint8Array(FIRST_COLUMNS);
  /** Where the span of a cell begins; -1 for a text. */
  starts = new Int32Array(FIRST_COLUMNS);
  ends = new Int32Array(FIRST_COLUMNS);
  /** What is known of each span: `PLAIN`, `PLAIN_IN_XML`, both or nothing. */
  plain = new Uint8Array(FIRST_COLUMNS);
  readonly texts: string[] = [];
  bytes: Uint8Array = new Uint8Array(0);

  /** Begins a row of no cells. */
  clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.kinds.fill(ABSENT);
  }

  /** Sets a cell to a span. */
  span(column: number, kind: CellKind, start: number, end: number, known = 0): void {
    if (column >= this.kinds.length) this.#grow(column);
    this.kinds[column] = kind;
    this.starts[column] = start;
    this.ends[column] = end;
    this.plain[column] = known;
  }

  /** Sets a cell to a text. */
  text(column: number, kind: CellKind, text: string): void {
    this.span(column, kind, -1, 0);
    this.texts[column] = text;
  }

  #grow(column: number): void {
    const length = Math.max(2 * this.kinds.length, column + 1);
    const { kinds, starts, ends, plain } = this;
    this.kinds = new Uint8Array(length);
    this.starts = new Int32Array(length);
    this.ends = new Int32Array(length);
    this.kinds.set(kinds);
    this.starts.set(starts);
    this.plain = new Uint8Array(length);
    this.ends.set(ends);
    this.plain.set(plain);
  }
}

/** Characters of a text that is written in several pieces. */
export const LONG_TEXT = 64 * 1024;

/** The text of a cell that is longer; undefined for other cells. */
export function longText({ kinds, starts, texts }: Cells, column: number): string | undefined {
  const kind = kinds[column];
  if (kind === ABSENT || kind === NULL || kind === undefined || starts[column] >= 0) return undefined;
  return texts[column].length > LONG_TEXT ? texts[column] : undefined;
}

/** Whether one of the first so many cells is such a cell. */
export function hasLongText(cells: Cells, width: number): boolean {
  for (let column = 0; column < width; column++) if (longText(cells, column) !== undefined) return true;
  return false;
}

/** The text of a span. */
export function spanText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
