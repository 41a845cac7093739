/** Verifies a table of delimiter-separated values: complete lines with as many cells as the header. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { ByteInput } from '../sources/source.js';
import { throwIfAborted } from '../sources/until-aborted.js';
import { SluiceError } from '../terms/errors.js';

/** The beginning of a table of entities with any delimiter. */
const ENTITIES = /^\ufeff?(?:\r\n)*Action(.)Type\1ID\1Name/u;

/** Names of tables, compressed or not. */
const TABLE_NAME = /\.(csv|tsv|dsv)(\.(gz|zst))?$/i;

/** A line that no JSON text begins with, ended as the lines of tables are; its header. */
const HEADER = /^\ufeff?(?:\r\n)*([^{[\s][^\r\n]*)\r\n/;

/** Characters of a header that may be its delimiter. */
const MAY_DELIMIT = /\t|[^\p{L}\p{N}\s._*\\/"'`()\ufeff-]/gu;

/** Delimiters that are tried. */
const MAX_DELIMITERS = 6;

const [NUL, LF, QUOTE] = [0, 10, 0x22];

/** Quotes that are tried, the common ones first. */
const QUOTES: readonly number[] = [...Buffer.from('"\'`|~^')];
const NO_QUOTE = -1;

/** First cell of a header, of the entities and of the relationships. */
const FIRST_HEADER = 'Action';

/** The delimiters that a table may have; undefined for text that is no table, by its name and by how it begins. */
export function delimitersOf(front: Buffer, name: string): readonly string[] | undefined {
  const text = front.toString();
  const delimiter = ENTITIES.exec(text)?.[1];
  if (delimiter !== undefined) return [delimiter];
  const header = HEADER.exec(text)?.[1] ?? (TABLE_NAME.test(name) ? text.split('\n', 1)[0] : undefined);
  if (header === undefined) return undefined;
  const found = [...new Set(header.match(MAY_DELIMIT) ?? [])].slice(0, MAX_DELIMITERS);
  return found.length === 0 ? [','] : found;
}

/**
 * Reads a table to its end. It does not state its delimiter, so it is read with each that it may have: it is complete if one
 * of these readings is.
 * @throws SluiceError (rejects) as `TableCheck` does
 */
export async function readTable(input: ByteInput, delimiters: readonly string[], signal: AbortSignal): Promise<void> {
  let checks = delimiters.map((delimiter) => new TableCheck(input.name, delimiter));
  const chunk = Buffer.allocUnsafe(TABLE_CHUNK_BYTES);
  for (let length = await input.read(chunk); length > 0; length = await input.read(chunk)) {
    throwIfAborted(signal);
    for (const check of checks) {
      checks = without(checks, check, () => check.take(chunk.subarray(0, length)));
      if (turnIsOver()) await nextTurn();
    }
  }
  for (const check of checks) checks = without(checks, check, () => check.end());
}

/** The checks without this one if it fails. @throws the failure of the last one */
function without(checks: readonly TableCheck[], check: TableCheck, act: () => void): TableCheck[] {
  try {
    act();
    return [...checks];
  } catch (cause) {
    if (checks.length === 1) throw cause;
    return checks.filter((other) => other !== check);
  }
}

/** Bytes of a table examined in one turn: a few milliseconds of work. */
const TABLE_CHUNK_BYTES = 128 * 1024;

/**
 * Takes the bytes of a table chunk by chunk, and compares the numbers of cells. A table does not state its quotes, so it is
 * read with each kind that occurs, and without quotes: it is complete if one of these readings is.
 */
export class TableCheck {
  readonly #readings = new Map<number, Reading>();
  /** Quotes that have not occurred, for which the reading without quotes is equal. */
  readonly #unmet: Set<number>;
  #fault: unknown;

  /**
   * @param name name of the table in errors
   * @param delimiter one character
   */
  constructor(name: string, delimiter: string) {
    this.#readings.set(NO_QUOTE, new Reading(name, delimiter, NO_QUOTE));
    this.#unmet = new Set(QUOTES.filter((quote) => quote !== delimiter.codePointAt(0)));
  }

  /** @throws SluiceError `VERIFY_FAILED` */
  take(chunk: Uint8Array): void {
    for (const quote of this.#unmet) {
      if (!chunk.includes(quote)) continue;
      this.#unmet.delete(quote);
      const plain = this.#readings.get(NO_QUOTE);
      if (plain) this.#readings.set(quote, plain.withQuote(quote));
    }
    this.#each((reading) => reading.take(chunk));
  }

  /** The table is complete. @throws SluiceError `VERIFY_FAILED`, `TRUNCATED` */
  end(): void {
    // Common quotes that stay open mean a truncated table, unless others have quoted a cell.
    if (this.#readings.get(QUOTE)?.isOpen) {
      for (const [quote, { hasQuoted }] of this.#readings) {
        if (quote !== QUOTE && !hasQuoted) this.#readings.delete(quote);
      }
    }
    this.#each((reading) => reading.end());
  }

  #each(act: (reading: Reading) => void): void {
    for (const [quote, reading] of this.#readings) {
      try {
        act(reading);
      } catch (cause) {
        if (quote === QUOTE || this.#fault === undefined) this.#fault = cause;
        this.#readings.delete(quote);
      }
    }
    if (this.#readings.size === 0) throw this.#fault;
  }
}

/** The state of a reading. */
const BEGINNING = {
  /** Cells of the header; 0 before it. */
  width: 0,
  /** The line of a row of one cell, after which the header of another section must follow; 0 for none. */
  sectionLine: 0,
  line: 1,
  rowLine: 1,
  rowBytes: 0,
  cells: 1,
  /** The beginning of the row. */
  first: '',
  isQuoted: false,
  /** Whether the cell began with quotes. */
  wasQuoted: false,
  atCellStart: true,
  /** The last four bytes. */
  last: 0,
  /** Whether a quoted cell has ended. */
  hasQuoted: false,
};

/** A table read with one kind of quotes. */
class Reading {
  readonly #name: string;
  readonly #delimiterText: string;
  readonly #delimiter: number;
  readonly #mask: number;
  readonly #quote: number;
  readonly #at: typeof BEGINNING;

  constructor(name: string, delimiter: string, quote: number, at = BEGINNING) {
    const bytes = Buffer.from(delimiter);
    this.#name = name;
    this.#delimiterText = delimiter;
    this.#delimiter = bytes.readUIntBE(0, bytes.length);
    this.#mask = 2 ** (8 * bytes.length) - 1;
    this.#quote = quote;
    this.#at = { ...at };
  }

  /** A reading that continues from this state with other quotes. */
  withQuote(quote: number): Reading {
    return new Reading(this.#name, this.#delimiterText, quote, this.#at);
  }

  /** Whether a quoted cell has begun and not ended. */
  get isOpen(): boolean {
    return this.#at.isQuoted;
  }

  get hasQuoted(): boolean {
    return this.#at.hasQuoted;
  }

  take(chunk: Uint8Array): void {
    const at = this.#at;
    for (const byte of chunk) {
      const before = at.last & 0xff;
      at.last = (at.last << 8) | byte;
      at.rowBytes++;
      if (byte === LF) at.line++;
      else if (byte === NUL) throw this.#failed('VERIFY_FAILED', at.line, 'holds a NUL byte, which tables never have');
      if (byte === this.#quote && (at.isQuoted || at.atCellStart || (at.wasQuoted && before === byte))) {
        // Of two quotes inside quotes, the first ends the cell and the second opens it again.
        at.hasQuoted ||= at.isQuoted;
        at.isQuoted = !at.isQuoted;
        at.wasQuoted = true;
        at.atCellStart = false;
      } else if (!at.isQuoted) this.#takePlain(byte);
    }
  }

  end(): void {
    const { isQuoted, rowBytes, rowLine, last, sectionLine } = this.#at;
    if (isQuoted) throw this.#failed('TRUNCATED', rowLine, 'opens quotes that do not close: the table is truncated');
    if (rowBytes > 0 && (last & 0xff) !== LF) {
      throw this.#failed('TRUNCATED', rowLine, 'does not end: the table is truncated');
    }
    if (sectionLine > 0) throw this.#wrongWidth(sectionLine, 1);
  }

  #takePlain(byte: number): void {
    const at = this.#at;
    if ((at.last & this.#mask) >>> 0 === this.#delimiter) {
      at.cells++;
      at.atCellStart = true;
      at.wasQuoted = false;
      return;
    }
    if (byte === LF) {
      this.#endRow();
      return;
    }
    at.atCellStart = false;
    if (at.cells === 1 && at.first.length <= FIRST_HEADER.length) at.first += String.fromCharCode(byte);
  }

  #endRow(): void {
    const at = this.#at;
    // Empty lines may precede the header.
    if (at.width > 0 || at.cells > 1) this.#countCells();
    at.rowBytes = 0;
    at.cells = 1;
    at.first = '';
    at.atCellStart = true;
    at.wasQuoted = false;
    at.rowLine = at.line;
  }

  #countCells(): void {
    const at = this.#at;
    if (at.width === 0) {
      at.width = at.cells;
    } else if (at.sectionLine > 0) {
      if (!at.first.startsWith(FIRST_HEADER)) throw this.#wrongWidth(at.sectionLine, 1);
      at.sectionLine = 0;
      at.width = at.cells;
    } else if (at.cells !== at.width) {
      if (at.cells > 1) throw this.#wrongWidth(at.rowLine, at.cells);
      at.sectionLine = at.rowLine;
    }
  }

  #wrongWidth(line: number, cells: number): SluiceError {
    const has = `has ${cells} cell${cells === 1 ? '' : 's'}, where the header has ${this.#at.width}`;
    return this.#failed('VERIFY_FAILED', line, `${has}: the table is truncated or edited`);
  }

  #failed(code: 'VERIFY_FAILED' | 'TRUNCATED', line: number, what: string): SluiceError {
    return new SluiceError(code, 'verify', `${this.#name}: line ${line} ${what}`, { source: this.#name, line });
  }
}
