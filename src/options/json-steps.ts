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
type Open = { readonly object: Record<string, unknown>; key: string } | { readonly array: unknown[]; index: number };

/** The tokens that may come next. */
type Due = 'value' | 'value or end' | 'key' | 'key or end' | 'comma or end';

/**
 * Parses JSON as `JSON.parse` does, in steps of some values.
 * @param faults receives the faults; nesting beyond 200 brackets ends the parsing
 * @param check whether duplicate members, numbers that lose digits, and `__proto__` are refused; not needed for text
 *   that `JSON.stringify` wrote
 * @throws NotJson
 */
export function* jsonSteps(text: string, faults: Faults, check: boolean): Generator<void, unknown> {
  const open: Open[] = [];
  let root: unknown;
  let due: Due = 'value';
  let at = 0;
  const put = (value: unknown) => {
    const inside = open.at(-1);
    if (!inside) root = value;
    else if ('array' in inside) inside.array.push(value);
    else if (inside.key !== '__proto__') inside.object[inside.key] = value;
    else if (!check) Object.defineProperty(inside.object, inside.key, { ...OWN, value });
    due = 'comma or end';
  };
  for (let tokens = 1; ; tokens++) {
    if (tokens % TOKENS_PER_STEP === 0) yield;
    at = endOf(BLANKS, text, at);
    const code = text.charCodeAt(at);
    const inside = open.at(-1);
    if (due === 'comma or end') {
      if (!inside) {
        if (at < text.length) throw new NotJson();
        return root;
      }
      if (code === COMMA) {
        at++;
        if ('array' in inside) inside.index++;
        due = 'array' in inside ? 'value' : 'key';
        continue;
      }
    }
    if (inside && due !== 'value' && due !== 'key' && code === ('array' in inside ? CLOSE_BRACKET : CLOSE_BRACE)) {
      at++;
      open.pop();
      due = 'comma or end';
    } else if (due === 'key' || due === 'key or end') {
      if (code !== QUOTE || !inside || !('object' in inside)) throw new NotJson();
      const end = stringEnd(text, at);
      inside.key = decoded(text, at, end);
      if (check) checkKey(inside, open, faults);
      at = endOf(BLANKS, text, end);
      if (text.charCodeAt(at++) !== COLON) throw new NotJson();
      due = 'value';
    } else if (due === 'comma or end') {
      throw new NotJson();
    } else if (code === QUOTE) {
      const end = stringEnd(text, at);
      put(decoded(text, at, end));
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === MAX_NESTING) {
        faults.add('INVALID', pathOf(open), `is nested in more than ${MAX_NESTING} brackets`);
        return undefined;
      }
      const opened: Open = code === OPEN_BRACE ? { object: {}, key: '' } : { array: [], index: 0 };
      put('array' in opened ? opened.array : opened.object);
      open.push(opened);
      due = 'array' in opened ? 'value or end' : 'key or end';
      at++;
    } else {
      const end = endOf(NUMBER, text, at);
      const word = end > at ? text.slice(at, end) : (/[a-z]{0,5}/.exec(text.slice(at, at + 5))?.[0] ?? '');
      if (end === at && !WORDS.has(word)) throw new NotJson();
      // Short numbers always keep their digits, and most are short.
      if (check && end - at > SHORT_NUMBER && !keepsDigits(word)) {
        faults.add('INVALID', pathOf(open), refusedNumber(word));
      }
      put(end > at ? Number(word) : WORDS.get(word));
      at += word.length;
    }
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

function checkKey({ object, key }: Extract<Open, { key: string }>, open: readonly Open[], faults: Faults): void {
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
