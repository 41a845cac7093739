/** Decodes rows of a binary COPY: the text of the entity in a message, and its key. */
import { NEWLINE, SPACE } from '../../scan/ascii.js';
import { SluiceError } from '../../terms/errors.js';

/**
 * The header of a binary COPY: this, four bytes of flags, and the length of an extension, of which none is defined.
 * https://www.postgresql.org/docs/current/sql-copy.html, Binary Format
 */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;

/** The number of fields that marks the end of the rows. */
const TRAILER = -1;

/** The length of a field that is SQL NULL. */
const NULL_LENGTH = -1;

/** SQL NULL as JSON. */
const NULL_TEXT = Buffer.from('null');

/** The version of the binary form of jsonb, before its text. */
const JSONB_VERSION = 1;

/** The columns of the rows. */
export interface RowShape {
  /** Name of the rows in errors. */
  readonly name: string;
  /** Columns of the key, each as text, before the entity. */
  readonly key: readonly string[];
  /** Whether no two rows have the same key; otherwise that is checked here. */
  readonly unique: boolean;
  /** Whether the entity is of type jsonb; otherwise it comes as text. */
  readonly isJsonb: boolean;
  /** Whether the text may have several lines: json is stored as it was written. */
  readonly hasLines: boolean;
  /** Whether an entity that is SQL NULL becomes the line `null`, which is refused as every other value that is not an object. */
  readonly passesNull: boolean;
}

/** Decodes one message after the other, of one COPY or of several. */
export class RowDecoder {
  readonly #shape: RowShape;
  #started = false;
  #row: Buffer | undefined;
  #textStart = 0;
  /** The fields of the key of the last row: a copy, for the memory of messages is used again. */
  #key = Buffer.alloc(64);
  #keyBytes = 0;

  constructor(shape: RowShape) {
    this.#shape = shape;
  }

  /**
   * Takes a message: a row, the first one with a header before it, or the end.
   * @returns bytes of its line; 0 where it holds no row
   * @throws SluiceError `READ_FAILED`, `NOT_AN_ENTITY`, naming the key
   */
  accept(message: Buffer): number {
    this.#row = undefined;
    let at = this.#started ? 0 : this.#header(message);
    this.#started = true;
    if (at === message.length) return 0;
    const { key, isJsonb } = this.#shape;
    const fields = message.readInt16BE(at);
    if (fields === TRAILER) return 0;
    if (fields !== key.length + 1) throw this.#unreadable(`a row has ${fields} fields, not ${key.length + 1}`);
    at += 2;
    const keyStart = at;
    for (const column of key) {
      const length = message.readInt32BE(at);
      if (length === NULL_LENGTH) throw this.#nullKey(column);
      at += 4 + length;
    }
    const keyEnd = at;
    const length = message.readInt32BE(at);
    if (length === NULL_LENGTH) {
      if (!this.#shape.passesNull) throw this.#nullEntity(message, keyStart);
      this.#takeKey(message, keyStart, keyEnd);
      this.#row = NULL_TEXT;
      this.#textStart = 0;
      return NULL_TEXT.length + 1;
    }
    at += 4;
    if (at + length !== message.length) throw this.#unreadable('a row does not end where its message does');
    if (isJsonb && message[at++] !== JSONB_VERSION) throw this.#unreadable('jsonb has an unknown version');
    this.#takeKey(message, keyStart, keyEnd);
    this.#row = message;
    this.#textStart = at;
    return message.length - at + 1;
  }

  /**
   * Writes the line of the last decoded row, while its message is valid.
   * @returns the offset after it
   */
  write(into: Buffer, at: number): number {
    const row = this.#row;
    if (!row) return at;
    const end = at + row.copy(into, at, this.#textStart);
    into[end] = NEWLINE;
    if (this.#shape.hasLines) this.#joinLines(row, into, at);
    return end + 1;
  }

  /** The key of the last decoded row; refused rows do not count. */
  key(): readonly string[] {
    return this.#keyAt(this.#key, 0);
  }

  #keyAt(fields: Buffer, start: number): readonly string[] {
    let at = start;
    return this.#shape.key.map(() => {
      const from = at + 4;
      at = from + fields.readInt32BE(at);
      return fields.toString('utf8', from, at);
    });
  }

  #header(message: Buffer): number {
    const begins = message.length >= HEADER_BYTES && message.subarray(0, SIGNATURE.length).equals(SIGNATURE);
    if (!begins) throw this.#unreadable('it does not begin with the header of a binary COPY');
    return HEADER_BYTES + message.readInt32BE(HEADER_BYTES - 4);
  }

  /** Newlines between JSON values become spaces; strings have none. */
  #joinLines(row: Buffer, into: Buffer, at: number): void {
    const shift = at - this.#textStart;
    for (let found = row.indexOf(NEWLINE, this.#textStart); found >= 0; found = row.indexOf(NEWLINE, found + 1)) {
      into[found + shift] = SPACE;
    }
  }

  /** A key that two rows share is not a position to resume at. */
  #takeKey(message: Buffer, start: number, end: number): void {
    const { key, unique, name } = this.#shape;
    const bytes = end - start;
    const isEqual =
      !unique && bytes > 0 && bytes === this.#keyBytes && message.compare(this.#key, 0, bytes, start, end) === 0;
    if (isEqual) throw sharedKey(name, key, this.#keyAt(message, start));
    if (key.length === 0) return;
    if (this.#key.length < bytes) this.#key = Buffer.alloc(2 * bytes);
    this.#keyBytes = message.copy(this.#key, 0, start, end);
  }

  #nullKey(column: string): SluiceError {
    const { name } = this.#shape;
    const message = `${name}: the key column ${column} is NULL in a row, which has no position in the order; name columns that are never NULL`;
    return new SluiceError('READ_FAILED', 'read', message, { source: name });
  }

  #nullEntity(row: Buffer, keyStart: number): SluiceError {
    const { name, key } = this.#shape;
    const where = key.length > 0 ? ` (the row with ${wordsOf(key, this.#keyAt(row, keyStart))})` : '';
    const message = `${name}: an entity must be an object, not NULL${where}`;
    return new SluiceError('NOT_AN_ENTITY', 'read', message, { source: name });
  }

  #unreadable(what: string): SluiceError {
    const { name } = this.#shape;
    const message = `${name}: the server's data cannot be read: ${what}`;
    return new SluiceError('READ_FAILED', 'read', message, { source: name });
  }
}

/** The refusal of a key that several rows have. @param name of the rows */
export function sharedKey(name: string, columns: readonly string[], values: readonly string[]): SluiceError {
  const message = `${name}: several rows have the key ${wordsOf(columns, values)}; add columns to the key`;
  return new SluiceError('READ_FAILED', 'read', message, { source: name });
}

function wordsOf(columns: readonly string[], values: readonly string[]): string {
  return columns.map((column, index) => `${column} = ${values[index]}`).join(', ');
}
