/** Verifying a table of delimiter-separated values: whole lines, each with as many cells as the header. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { ByteInput } from '../sources/source.js';
import { throwIfAborted } from '../sources/until-aborted.js';
import { SluiceError } from '../terms/errors.js';

/** How a table begins, whatever parts its cells. */
const TABLE = /^(?:\r\n)*Action(.)Type\1ID\1Name/u;

const [NUL, LF, QUOTE] = [0, 10, 0x22];

/** Quotes that are tried, the usual ones first. */
const QUOTES: readonly number[] = [...Buffer.from('"\'`|~^')];
const NO_QUOTE = -1;

/** First cell of a header, which stands again above the relationships. */
const FIRST_HEADER = 'Action';

/** The character that parts the cells of a table; undefined for what does not begin as one. */
export function delimiterOf(front: Buffer): string | undefined {
  return TABLE.exec(front.toString())?.[1];
}

/** Reads a table to its end. @throws SluiceError (rejects) as `TableCheck` does */
export async function readTable(input: ByteInput, delimiter: string, signal: AbortSignal): Promise<void> {
  const check = new TableCheck(input.name, delimiter);
  const chunk = Buffer.allocUnsafe(TABLE_CHUNK_BYTES);
  for (let length = await input.read(chunk); length > 0; length = await input.read(chunk)) {
    throwIfAborted(signal);
    check.take(chunk.subarray(0, length));
    if (turnIsOver()) await nextTurn();
  }
  check.end();
}

/** Bytes of a table that are looked at in one go: few milliseconds of work. */
const TABLE_CHUNK_BYTES = 128 * 1024;

/**
 * Takes the bytes of a table, chunk by chunk, and holds one number of cells. Which quotes were set is not written in a
 * table, so it is read by each kind that occurs, and without any: it is whole if one of these readings is.
 */
export class TableCheck {
  readonly #readings = new Map<number, Reading>();
  /** Quotes that have not occurred: they would be read as none. */
  readonly #unmet: Set<number>;
  #fault: unknown;

  /**
   * @param name how errors call the table
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

  /** Nothing more comes. @throws SluiceError `VERIFY_FAILED`, `TRUNCATED` */
  end(): void {
    // Usual quotes that stay open are those of a table that was cut, unless others have held a cell.
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

/** Where a reading stands. */
const BEGINNING = {
  /** Cells of the header; 0 above it. */
  width: 0,
  /** The line of a row of one cell, behind which the header of another section must come; 0 for none. */
  sectionLine: 0,
  line: 1,
  rowLine: 1,
  rowBytes: 0,
  cells: 1,
  /** How the row begins. */
  first: '',
  isQuoted: false,
  /** Whether the cell began with quotes. */
  wasQuoted: false,
  atCellStart: true,
  /** The last four bytes. */
  last: 0,
  /** Whether a quoted cell has come to its end. */
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

  /** One that goes on from here with other quotes. */
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
      else if (byte === NUL) throw this.#failed('VERIFY_FAILED', at.line, 'holds a NUL byte, which no table has');
      if (byte === this.#quote && (at.isQuoted || at.atCellStart || (at.wasQuoted && before === byte))) {
        // Of two quotes inside quotes the first ends the cell, and the second opens it again.
        at.hasQuoted ||= at.isQuoted;
        at.isQuoted = !at.isQuoted;
        at.wasQuoted = true;
        at.atCellStart = false;
      } else if (!at.isQuoted) this.#takePlain(byte);
    }
  }

  end(): void {
    const { isQuoted, rowBytes, rowLine, last, sectionLine } = this.#at;
    if (isQuoted) throw this.#failed('TRUNCATED', rowLine, 'opens quotes that do not close: the table was cut off');
    if (rowBytes > 0 && (last & 0xff) !== LF) {
      throw this.#failed('TRUNCATED', rowLine, 'does not end: the table was cut off');
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
    // Above the header there may be empty lines.
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
    return this.#failed('VERIFY_FAILED', line, `${has}: the table was cut or edited`);
  }

  #failed(code: 'VERIFY_FAILED' | 'TRUNCATED', line: number, what: string): SluiceError {
    return new SluiceError(code, 'verify', `${this.#name}: line ${line} ${what}`, { source: this.#name, line });
  }
}
