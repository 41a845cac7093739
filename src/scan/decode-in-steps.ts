/** Parses large JSON texts in steps, to the values that `decodeValue` makes: no string or object holds the event loop. */
import * as ascii from './ascii.js';
import { decodeString } from './bytes.js';
import { NumberText, setMember } from './decode-value.js';
import { decodeStringInSteps, STEP_BYTES, stringEndInSteps, unfinished } from './strings-in-steps.js';

const { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } = ascii;

/** Values read in one step. */
const STEP_VALUES = 256;

/** Digits of the longest number that may be a double as it is written. */
const LONGEST_DOUBLE = 32;

/** Bytes of numbers and words. */
const IN_SCALAR = new Uint8Array(256);
for (const byte of Buffer.from('0123456789+-.eEtrufalsn')) IN_SCALAR[byte] = 1;

/** In place of a number that is read in steps. */
const LONG = Symbol('long');

/** An array or object being read, and the key of its next value. */
type Open = { readonly list: unknown[] } | { readonly members: Members; key: string };
type Members = Record<string, unknown> | Map<string, unknown>;

/**
 * Parses the text at `[start, end)`; of equal keys the last one counts.
 * @throws SyntaxError for text that is found not to be JSON; not all faults are found
 */
export function decodeInSteps(bytes: Buffer, start = 0, end = bytes.length): Generator<void, unknown> {
  return new BytesReader(bytes, start, end, false).steps();
}

/**
 * Parses with a `Map` for each object: its keys keep their order, also those that are digits, and many of them cost no
 * more than few. Of equal keys the last value counts, in the place of the first.
 * @throws SyntaxError
 */
export function decodeOrdered(bytes: Buffer, start = 0, end = bytes.length): Generator<void, unknown> {
  return new BytesReader(bytes, start, end, true).steps();
}

class BytesReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #isOrdered: boolean;
  #pos: number;

  constructor(bytes: Buffer, start: number, end: number, isOrdered: boolean) {
    this.#bytes = bytes;
    this.#pos = start;
    this.#end = end;
    this.#isOrdered = isOrdered;
  }

  /** Reads one value without recursion, so that nesting does not use the call stack. */
  *steps(): Generator<void, unknown> {
    const open: Open[] = [];
    for (let count = 1; ; count++) {
      if (count % STEP_VALUES === 0) yield;
      const begins = this.#next();
      let value: unknown;
      if (begins === OPEN_BRACE || begins === OPEN_BRACKET) {
        this.#pos++;
        const opened: Open =
          begins === OPEN_BRACKET ? { list: [] } : { members: this.#isOrdered ? new Map() : {}, key: '' };
        if (this.#next() !== closing(opened)) {
          if ('members' in opened) opened.key = yield* this.#key();
          open.push(opened);
          continue;
        }
        this.#pos++;
        value = made(opened);
      } else {
        value = begins === QUOTE ? (this.#shortString() ?? (yield* this.#longString())) : this.#scalar();
        if (value === LONG) value = yield* this.#longNumber();
      }
      // The value is complete, and so are those that end after it.
      for (let inside = open.at(-1); ; inside = open.at(-1)) {
        if (!inside) {
          if (this.#next() !== undefined) this.#fail();
          return value;
        }
        put(inside, value);
        const byte = this.#next();
        this.#pos++;
        if (byte === COMMA) {
          if ('members' in inside) inside.key = yield* this.#key();
          break;
        }
        if (byte !== closing(inside)) this.#fail();
        open.pop();
        value = made(inside);
      }
    }
  }

  #next(): number | undefined {
    const bytes = this.#bytes;
    // All white space of JSON is at or below the space; other such characters fail later.
    while (this.#pos < this.#end && bytes[this.#pos] <= SPACE) this.#pos++;
    return this.#pos < this.#end ? bytes[this.#pos] : undefined;
  }

  *#key(): Generator<void, string> {
    if (this.#next() !== QUOTE) this.#fail();
    const key = this.#shortString() ?? (yield* this.#longString());
    if (this.#next() !== COLON) this.#fail();
    this.#pos++;
    return key;
  }

  /** The string here, if it is short. */
  #shortString(): string | undefined {
    const bytes = this.#bytes;
    const start = this.#pos;
    const most = Math.min(this.#end, start + STEP_BYTES);
    for (let pos = start + 1; pos < most; pos++) {
      if (bytes[pos] === BACKSLASH) pos++;
      else if (bytes[pos] === QUOTE) {
        this.#pos = pos + 1;
        return decodeString(bytes, start, this.#pos);
      }
    }
    return undefined;
  }

  *#longString(): Generator<void, string> {
    const start = this.#pos;
    this.#pos = yield* stringEndInSteps(this.#bytes, start, this.#end);
    return yield* decodeStringInSteps(this.#bytes, start, this.#pos);
  }

  /** The number or the word here; `LONG`, from its start, if it is a long number. */
  #scalar(): unknown {
    const bytes = this.#bytes;
    const start = this.#pos;
    const most = Math.min(this.#end, start + STEP_BYTES);
    while (this.#pos < most && IN_SCALAR[bytes[this.#pos]] === 1) this.#pos++;
    if (this.#pos === start) this.#fail();
    if (this.#pos === start + STEP_BYTES) {
      this.#pos = start;
      return LONG;
    }
    const token = bytes.toString('latin1', start, this.#pos);
    if (token.length > LONGEST_DOUBLE) return new NumberText(token);
    const value: unknown = JSON.parse(token);
    return typeof value === 'number' && String(value) !== token ? new NumberText(token) : value;
  }

  *#longNumber(): Generator<void, NumberText> {
    const bytes = this.#bytes;
    const start = this.#pos;
    for (let at = 1; this.#pos < this.#end && IN_SCALAR[bytes[this.#pos]] === 1; at++, this.#pos++) {
      if (at % STEP_BYTES === 0) yield;
    }
    return new NumberText(bytes.toString('latin1', start, this.#pos));
  }

  #fail(): never {
    if (this.#pos >= this.#end) throw unfinished(this.#end);
    throw new SyntaxError(`unexpected text at byte ${this.#pos}`);
  }
}

function closing(open: Open): number {
  return 'list' in open ? CLOSE_BRACKET : CLOSE_BRACE;
}

function made(open: Open): unknown {
  return 'list' in open ? open.list : open.members;
}

function put(inside: Open, value: unknown): void {
  if ('list' in inside) inside.list.push(value);
  else if (inside.members instanceof Map) inside.members.set(inside.key, value);
  else setMember(inside.members, inside.key, value);
}
