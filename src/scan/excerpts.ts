/** Collects the excerpts of one piece, as the kernel makes them call by call. */
import { Buffer } from 'node:buffer';
import { type Excerpts, excerptWidth } from '../terms/excerpts.js';

/** What the kernel has made of the rows of one call: records, and the texts that their spans are relative to. */
export interface MadeExcerpts {
  readonly records: Int32Array;
  readonly texts: Buffer;
}

/** Grows with the pieces, and is reused for each. */
export class ExcerptBuilder {
  readonly #names: readonly string[];
  readonly #width: number;
  /** Whether a piece is used up before the next one is made. */
  readonly #recycle: boolean;
  #records = new Int32Array(0);
  #texts: Buffer = Buffer.alloc(0);
  #words = 0;
  #length = 0;

  constructor(names: readonly string[], recycle: boolean) {
    this.#names = names;
    this.#width = excerptWidth(names);
    this.#recycle = recycle;
  }

  /** Adds the excerpts of further rows, the first of which has this number in the piece; rows before it may have none. */
  append({ records, texts }: MadeExcerpts, row: number): void {
    this.#skipTo(row);
    const from = this.#words;
    const base = this.#length;
    this.#makeRoom(records.length, texts.length);
    const to = this.#records;
    // What is absent is -1.
    for (let index = 0; index < records.length; index++) {
      const word = records[index];
      to[from + index] = word < 0 ? word : base + word;
    }
    texts.copy(this.#texts, base);
    this.#words += records.length;
    this.#length += texts.length;
  }

  /** Returns the excerpts of so many rows, and begins a new piece. */
  take(rows: number): Excerpts {
    this.#skipTo(rows);
    const records = this.#records.subarray(0, this.#words);
    const excerpts = { names: this.#names, bytes: this.#texts.subarray(0, this.#length), records };
    this.#words = 0;
    this.#length = 0;
    if (!this.#recycle) {
      this.#records = new Int32Array(0);
      this.#texts = Buffer.alloc(0);
    }
    return excerpts;
  }

  /** Adds records of rows without an excerpt, up to this number of a row. */
  #skipTo(row: number): void {
    const missing = row * this.#width - this.#words;
    if (missing <= 0) return;
    this.#makeRoom(missing, 0);
    this.#records.fill(-1, this.#words, this.#words + missing);
    this.#words += missing;
  }

  #makeRoom(words: number, bytes: number): void {
    if (this.#words + words > this.#records.length) {
      const larger = new Int32Array(2 * (this.#words + words));
      larger.set(this.#records.subarray(0, this.#words));
      this.#records = larger;
    }
    if (this.#length + bytes > this.#texts.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
      this.#texts.copy(larger, 0, 0, this.#length);
      this.#texts = larger;
    }
  }
}

/** Adds excerpts of single rows to those of a batch. */
export class MissingExcerpts {
  readonly #excerpts: Excerpts;
  readonly #width: number;
  readonly #found: { readonly row: number; readonly record: Int32Array; readonly text: Buffer }[] = [];

  constructor(excerpts: Excerpts) {
    this.#excerpts = excerpts;
    this.#width = excerptWidth(excerpts.names);
  }

  /** Adds the excerpt of the row with this number. */
  add(row: number, { records, texts }: MadeExcerpts): void {
    this.#found.push({ row, record: records.slice(), text: Buffer.from(texts) });
  }

  /** The excerpts of all rows; undefined if some are still missing. */
  complete(): Excerpts | undefined {
    const { names, bytes } = this.#excerpts;
    if (this.#found.length === 0) return this.#hasAll(this.#excerpts.records) ? this.#excerpts : undefined;
    const records = this.#excerpts.records.slice();
    let length = bytes.length;
    for (const { row, record, text } of this.#found) {
      const base = length;
      records.set(
        record.map((word) => (word < 0 ? word : base + word)),
        row * this.#width,
      );
      length += text.length;
    }
    if (!this.#hasAll(records)) return undefined;
    return { names, bytes: Buffer.concat([bytes, ...this.#found.map(({ text }) => text)]), records };
  }

  #hasAll(records: Int32Array): boolean {
    for (let record = 0; record < records.length; record += this.#width) if (records[record] < 0) return false;
    return true;
  }
}
