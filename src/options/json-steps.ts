/** Parses JSON in steps, so that a long text does not block the event loop, and reports faults by path. */
import { decimalKey, parseDecimal } from '../values/decimal.js';
import { type Faults, join } from './faults.js';

/** Maximum nesting: more than any request or profile has, and safe for recursive functions. */
export const MAX_NESTING = 200;

/** Values and names of members per step. */
const TOKENS_PER_STEP = 300;

/** Numbers of at most this many characters fit a double exactly, with any exponent. */
const SHORT_NUMBER = 4;

/** Numbers of at most 15 digits without an exponent, which fit a double exactly. */
const PLAIN_NUMBER = /^-?\d{1,10}(?:\.?\d{1,5})?$/;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;
/** A part of a string without escapes; control characters are not allowed. */
const PLAIN_TEXT = /[ !#-[\]-\uffff]*/y;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** The text is not JSON; `JSON.parse` reports why. */
export class NotJson extends Error {}

/** An open object or array, with the current key or index. */
type Open = OpenObject | { readonly array: unknown[]; index: number };

interface OpenObject {
  readonly object: Record<string, unknown>;
  key: string;
}

/** The tokens that may come next. */
type Due = 'value' | 'value or end' | 'key' | 'key or end' | 'comma or end';

/**
 * Parses JSON as `JSON.parse` does, in steps of some values.
 * @param faults receives the faults; nesting beyond 200 brackets ends the parsing
 * @param check whether duplicate members, numbers that lose digits, and `__proto__` are refused; not needed for text
 *   that `JSON.stringify` wrote
 * @throws NotJson
 */
export function jsonSteps(text: string, faults: Faults, check: boolean): Generator<void, unknown> {
  return new JsonReader(text, faults, check).steps();
}

/** Reads one text, token by token. */
class JsonReader {
  readonly #text: string;
  readonly #faults: Faults;
  readonly #check: boolean;
  /** From the outermost to the innermost. */
  readonly #open: Open[] = [];
  #root: unknown;
  #due: Due = 'value';
  #at = 0;

  constructor(text: string, faults: Faults, check: boolean) {
    this.#text = text;
    this.#faults = faults;
    this.#check = check;
  }

  *steps(): Generator<void, unknown> {
    for (let tokens = 1; ; tokens++) {
      if (tokens % TOKENS_PER_STEP === 0) yield;
      this.#at = endOf(BLANKS, this.#text, this.#at);
      if (this.#due === 'comma or end' && this.#open.length === 0) {
        if (this.#at < this.#text.length) throw new NotJson();
        return this.#root;
      }
      if (!this.#takeToken()) return undefined;
    }
  }

  /** Takes the token at the position; false if it nests too deeply. */
  #takeToken(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    const inside = this.#open.at(-1);
    if (inside && this.#mayEnd && code === ('array' in inside ? CLOSE_BRACKET : CLOSE_BRACE)) {
      this.#at++;
      this.#open.pop();
      this.#due = 'comma or end';
      return true;
    }
    switch (this.#due) {
      case 'comma or end':
        if (code !== COMMA || !inside) throw new NotJson();
        this.#at++;
        if ('array' in inside) inside.index++;
        this.#due = 'array' in inside ? 'value' : 'key';
        return true;
      case 'key':
      case 'key or end':
        if (code !== QUOTE || !inside || !('object' in inside)) throw new NotJson();
        this.#takeKey(inside);
        return true;
      case 'value':
      case 'value or end':
        if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.#enter(code);
        this.#put(code === QUOTE ? this.#takeString() : this.#takeScalar());
        return true;
    }
  }

  /** Whether the open object or array may end here. */
  get #mayEnd(): boolean {
    return this.#due !== 'value' && this.#due !== 'key';
  }

  #takeKey(inside: OpenObject): void {
    inside.key = this.#takeString();
    if (this.#check) checkKey(inside, this.#open, this.#faults);
    this.#at = endOf(BLANKS, this.#text, this.#at);
    if (this.#text.charCodeAt(this.#at++) !== COLON) throw new NotJson();
    this.#due = 'value';
  }

  #takeString(): string {
    const start = this.#at;
    this.#at = stringEnd(this.#text, start);
    return decoded(this.#text, start, this.#at);
  }

  /** Takes a number, or one of the words. */
  #takeScalar(): unknown {
    const start = this.#at;
    const end = endOf(NUMBER, this.#text, start);
    if (end === start) {
      const word = /[a-z]{0,5}/.exec(this.#text.slice(start, start + 5))?.[0] ?? '';
      if (!WORDS.has(word)) throw new NotJson();
      this.#at += word.length;
      return WORDS.get(word);
    }
    const digits = this.#text.slice(start, end);
    // Short numbers always keep their digits, and most are short.
    if (this.#check && digits.length > SHORT_NUMBER && !keepsDigits(digits)) {
      this.#faults.add('INVALID', pathOf(this.#open), refusedNumber(digits));
    }
    this.#at = end;
    return Number(digits);
  }

  /** Begins an object or array; false, with a fault, if that is one too many. */
  #enter(bracket: number): boolean {
    if (this.#open.length === MAX_NESTING) {
      this.#faults.add('INVALID', pathOf(this.#open), `is nested in more than ${MAX_NESTING} brackets`);
      return false;
    }
    const opened: Open = bracket === OPEN_BRACE ? { object: {}, key: '' } : { array: [], index: 0 };
    this.#put('array' in opened ? opened.array : opened.object);
    this.#open.push(opened);
    this.#due = 'array' in opened ? 'value or end' : 'key or end';
    this.#at++;
    return true;
  }

  /** Puts a value where one was due. */
  #put(value: unknown): void {
    const inside = this.#open.at(-1);
    if (!inside) this.#root = value;
    else if ('array' in inside) inside.array.push(value);
    else if (inside.key !== '__proto__') inside.object[inside.key] = value;
    else if (!this.#check) Object.defineProperty(inside.object, inside.key, { ...OWN, value });
    this.#due = 'comma or end';
  }
}

/** Attributes of members, as `JSON.parse` creates them. */
const OWN = { configurable: true, enumerable: true, writable: true } as const;

/** End of the match of a sticky expression; `from` if there is none. */
function endOf(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : from;
}

/** Offset after the closing quote of a string. */
function stringEnd(text: string, start: number): number {
  let at = endOf(PLAIN_TEXT, text, start + 1);
  while (text.charCodeAt(at) === BACKSLASH) at = endOf(PLAIN_TEXT, text, at + 2);
  if (text.charCodeAt(at) !== QUOTE) throw new NotJson();
  return at + 1;
}

function decoded(text: string, start: number, end: number): string {
  const plain = text.slice(start + 1, end - 1);
  if (!plain.includes('\\')) return plain;
  try {
    return String(JSON.parse(text.slice(start, end)));
  } catch {
    throw new NotJson();
  }
}

function checkKey({ object, key }: OpenObject, open: readonly Open[], faults: Faults): void {
  if (Object.hasOwn(object, key)) faults.add('INVALID', pathOf(open), 'is given twice');
  else if (isPrototype(key, open.at(-2))) faults.add('INVALID', pathOf(open), 'cannot be the name of a member');
}

/** Whether a member could pollute a prototype in code that merges objects. */
function isPrototype(key: string, outer: Open | undefined): boolean {
  return (
    key === '__proto__' || (key === 'prototype' && outer !== undefined && 'key' in outer && outer.key === 'constructor')
  );
}

function pathOf(open: readonly Open[]): string {
  return open.reduce((path, one) => ('array' in one ? `${path}[${one.index}]` : join(path, one.key)), '');
}

/** Whether a double holds the number exactly. */
export function keepsDigits(digits: string): boolean {
  if (PLAIN_NUMBER.test(digits)) return true;
  const [spelled, held] = [parseDecimal(digits), parseDecimal(String(Number(digits)))];
  return spelled !== undefined && held !== undefined && decimalKey(spelled) === decimalKey(held);
}

function refusedNumber(digits: string): string {
  const shown = digits.length <= 40 ? digits : `${digits.slice(0, 40)}… (${digits.length} characters)`;
  return `${shown} has more digits than a number can hold; write it as text, in quotes`;
}
