/** JSON that a person wrote: requests, profiles, bodies. What a value of JavaScript would not keep of it is refused. */
import { decimalKey, parseDecimal } from '../terms/decimal.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { escaped } from '../terms/shown-text.js';
import { Faults, join } from './faults.js';

/** Nested brackets: more than any request or profile has, and few enough for every walk over them. */
const MOST_DEPTH = 200;

/** Characters of a number that no exponent makes too large or too small, and whose digits a double holds. */
const SHORT_NUMBER = 4;

/** Numbers of at most 15 digits and no exponent, whose digits a double holds. */
const PLAIN_NUMBER = /^-?\d{1,10}(?:\.?\d{1,5})?$/;

/** Members that would reach a prototype in some of the code that data passes through. */
function isPrototype(key: string, outer: Open | undefined): boolean {
  return (
    key === '__proto__' || (key === 'prototype' && outer !== undefined && 'key' in outer && outer.key === 'constructor')
  );
}

/**
 * Parses JSON, and keeps all of it or refuses it: members that are there twice, numbers with digits that a double does
 * not hold, brackets nested beyond all use, and `__proto__`.
 * @param name how errors call the text: the path of a file, or words such as "the body"
 * @throws SluiceError `INVALID` with all faults by their path; for what is no JSON with the line
 */
export function parseJson(text: string, name: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw noJson(text, name, cause);
  }
  const faults = new Faults();
  checkText(text, faults);
  faults.throwIfAny();
  return value;
}

/** V8 tells the place in its message only, and not always. */
function noJson(text: string, name: string, cause: unknown): SluiceError {
  const position = /at position (\d+)/.exec(messageOf(cause))?.[1];
  const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
  const reason = text.trim() === '' ? 'it is empty' : escaped(messageOf(cause));
  const where = line === undefined || line === 1 ? '' : ` (line ${line})`;
  return new SluiceError('INVALID', 'accept', `${name} is no JSON: ${reason}${where}`, { path: name, line, cause });
}

/** An object or array that is open, and where in it the walk stands. */
type Open = { readonly keys: Set<string>; key: string } | { index: number };

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** Walks over text that is known to be valid JSON, without recursion. */
function checkText(text: string, faults: Faults): void {
  const open: Open[] = [];
  let isKeyDue = false;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const inside = open.at(-1);
    if (code <= SPACE || code === COLON) {
      at++;
    } else if (code === QUOTE) {
      const end = stringEnd(text, at);
      if (isKeyDue && inside && 'keys' in inside) checkKey(text.slice(at, end), inside, open, faults);
      isKeyDue = false;
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === MOST_DEPTH) {
        faults.add('INVALID', pathOf(open), `is nested in more than ${MOST_DEPTH} brackets`);
        return;
      }
      isKeyDue = code === OPEN_BRACE;
      open.push(isKeyDue ? { keys: new Set(), key: '' } : { index: 0 });
      at++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      isKeyDue = false;
      at++;
    } else if (code === COMMA) {
      if (inside && 'index' in inside) inside.index++;
      else isKeyDue = true;
      at++;
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = numberEnd(text, at + 1);
      // A double tells all whole numbers of so few digits apart; most are that short.
      if (end - at > SHORT_NUMBER && !keepsDigits(text.slice(at, end))) {
        faults.add('INVALID', pathOf(open), refusedNumber(text.slice(at, end)));
      }
      at = end;
    } else {
      // A letter of true, false or null.
      at++;
    }
  }
}

/** The end of a number: all that is not a digit in it is one of these. */
function numberEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code < ZERO || code > NINE) && !'+-.eE'.includes(text[at])) break;
  }
  return at;
}

function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (let at = indexBefore(text, start + 1, end); at >= 0; at = indexBefore(text, at + 2, end)) {
    if (at + 1 === end) end = text.indexOf('"', end + 1);
  }
  return end + 1;
}

/** The next backslash before the end; the search goes no further, for each string would go to the end of the text. */
function indexBefore(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) if (text.charCodeAt(at) === BACKSLASH) return at;
  return -1;
}

function checkKey(
  spelled: string,
  object: Extract<Open, { key: string }>,
  open: readonly Open[],
  faults: Faults,
): void {
  const decoded: unknown = spelled.includes('\\') ? JSON.parse(spelled) : spelled.slice(1, -1);
  object.key = String(decoded);
  const { key, keys } = object;
  if (keys.has(key)) faults.add('INVALID', pathOf(open), 'is given twice');
  else if (isPrototype(key, open.at(-2))) faults.add('INVALID', pathOf(open), 'cannot be the name of a member');
  keys.add(key);
}

function pathOf(open: readonly Open[]): string {
  return open.reduce((path, one) => ('index' in one ? `${path}[${one.index}]` : join(path, one.key)), '');
}

/** Whether a double is the very number that the digits spell. */
export function keepsDigits(digits: string): boolean {
  if (PLAIN_NUMBER.test(digits)) return true;
  const [spelled, held] = [parseDecimal(digits), parseDecimal(String(Number(digits)))];
  return spelled !== undefined && held !== undefined && decimalKey(spelled) === decimalKey(held);
}

function refusedNumber(digits: string): string {
  const shown = digits.length <= 40 ? digits : `${digits.slice(0, 40)}… (${digits.length} characters)`;
  return `${shown} has digits that numbers do not keep here; write it as text, in quotes`;
}
