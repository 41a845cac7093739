/** Reads JSON text the slow and obvious way: by recursive descent over bytes that are all in memory. */
import type { ErrorCode } from '../../src/terms/errors.js';

/** A fault of a text, and its offset: the first byte that cannot continue valid text. */
export class Fault extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly at: number,
  ) {
    super(`${code} at ${at}`);
  }
}

/** Bytes from `start` to `end`, exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object in the text. */
export interface Member {
  /** The decoded key. */
  readonly name: string;
  readonly key: Span;
  readonly value: Span;
}

/** Skips a nested value: by the full grammar, or by brackets and quotes only. */
export type Nested = (bytes: Buffer, at: number, end: number, maxDepth: number) => number;

/** The character at an offset, one per byte; '' after the end. */
export function charAt(bytes: Buffer, at: number, end: number): string {
  return at < end ? String.fromCharCode(bytes[at]) : '';
}

export function skipSpace(bytes: Buffer, at: number, end: number): number {
  while (at < end && ' \t\r\n'.includes(charAt(bytes, at, end))) at++;
  return at;
}

function isOpening(character: string): boolean {
  return character === '{' || character === '[';
}

/** The offset after the string that opens at `at`. */
export function readString(bytes: Buffer, at: number, end: number): number {
  let pos = at + 1;
  for (;;) {
    const character = charAt(bytes, pos, end);
    if (character === '' || character < ' ') throw new Fault('INVALID_JSON', pos);
    pos++;
    if (character === '"') return pos;
    if (character !== '\\') continue;
    const letter = charAt(bytes, pos, end);
    if (letter === '' || !'"\\/bfnrtu'.includes(letter)) throw new Fault('INVALID_JSON', pos);
    pos++;
    if (letter !== 'u') continue;
    for (let digit = 0; digit < 4; digit++, pos++) {
      if (!/^[0-9a-fA-F]$/.test(charAt(bytes, pos, end))) throw new Fault('INVALID_JSON', pos);
    }
  }
}

/** The offset after the number or word that begins at `at`. */
export function readScalar(bytes: Buffer, at: number, end: number): number {
  const word = ['true', 'false', 'null'].find((one) => one[0] === charAt(bytes, at, end));
  return word === undefined ? readNumber(bytes, at, end) : readWord(bytes, at, end, word);
}

function readWord(bytes: Buffer, at: number, end: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (charAt(bytes, at + index, end) !== word[index]) throw new Fault('INVALID_JSON', at + index);
  }
  return at + word.length;
}

function readNumber(bytes: Buffer, at: number, end: number): number {
  let pos = at;
  if (charAt(bytes, pos, end) === '-') pos++;
  pos = charAt(bytes, pos, end) === '0' ? pos + 1 : readDigits(bytes, pos, end);
  if (charAt(bytes, pos, end) === '.') pos = readDigits(bytes, pos + 1, end);
  if (/^[eE]$/.test(charAt(bytes, pos, end))) {
    pos++;
    if (/^[+-]$/.test(charAt(bytes, pos, end))) pos++;
    pos = readDigits(bytes, pos, end);
  }
  return pos;
}

function readDigits(bytes: Buffer, at: number, end: number): number {
  let pos = at;
  while (/^[0-9]$/.test(charAt(bytes, pos, end))) pos++;
  if (pos === at) throw new Fault('INVALID_JSON', at);
  return pos;
}

/** The offset after the value at `at`, which must be completely valid, with at most `maxDepth` open brackets. */
export function readValue(bytes: Buffer, at: number, end: number, maxDepth: number): number {
  const first = charAt(bytes, at, end);
  if (first === '"') return readString(bytes, at, end);
  if (!isOpening(first)) return readScalar(bytes, at, end);
  if (maxDepth === 0) throw new Fault('TOO_DEEP', at);
  if (first === '{') return readObject(bytes, at, end, maxDepth);
  let pos = skipSpace(bytes, at + 1, end);
  if (charAt(bytes, pos, end) === ']') return pos + 1;
  for (;;) {
    pos = skipSpace(bytes, readValue(bytes, pos, end, maxDepth - 1), end);
    if (charAt(bytes, pos, end) === ']') return pos + 1;
    if (charAt(bytes, pos, end) !== ',') throw new Fault('INVALID_JSON', pos);
    pos = skipSpace(bytes, pos + 1, end);
  }
}

function readObject(bytes: Buffer, at: number, end: number, maxDepth: number): number {
  let last = at + 1;
  for (const member of members(bytes, at, end, maxDepth, readValue)) last = member.value.end;
  return skipSpace(bytes, last, end) + 1;
}

/** The offset after the object or array at `at`, by its quotes and the count of its brackets only. */
export function skipBalanced(bytes: Buffer, at: number, end: number, maxDepth: number): number {
  let depth = 0;
  let inString = false;
  for (let pos = at; pos < end; pos++) {
    const character = charAt(bytes, pos, end);
    if (inString) {
      if (character === '\\') pos++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (isOpening(character)) {
      depth++;
      if (depth > maxDepth) throw new Fault('TOO_DEEP', pos);
    } else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return pos + 1;
    }
  }
  throw new Fault('INVALID_JSON', end);
}

/** The key at `at`. */
export function readKey(bytes: Buffer, at: number, end: number): Span {
  if (charAt(bytes, at, end) !== '"') throw new Fault('INVALID_JSON', at);
  return { start: at, end: readString(bytes, at, end) };
}

/** The offset of the value after the key. */
export function readColon(bytes: Buffer, key: Span, end: number): number {
  const colon = skipSpace(bytes, key.end, end);
  if (charAt(bytes, colon, end) !== ':') throw new Fault('INVALID_JSON', colon);
  return skipSpace(bytes, colon + 1, end);
}

/** The offset after the comma at `at` and its white space, or undefined at the brace that closes the object. */
export function readComma(bytes: Buffer, at: number, end: number): number | undefined {
  const pos = skipSpace(bytes, at, end);
  if (charAt(bytes, pos, end) === '}') return undefined;
  if (charAt(bytes, pos, end) !== ',') throw new Fault('INVALID_JSON', pos);
  return skipSpace(bytes, pos + 1, end);
}

/**
 * The members of the object that opens at `at`, in order; repeated ones too.
 * @param nested how values with brackets are skipped
 */
export function* members(bytes: Buffer, at: number, end: number, maxDepth: number, nested: Nested): Generator<Member> {
  let pos: number | undefined = skipSpace(bytes, at + 1, end);
  if (charAt(bytes, pos, end) === '}') return;
  while (pos !== undefined) {
    const key = readKey(bytes, pos, end);
    const valueStart = readColon(bytes, key, end);
    const valueEnd = skipValue(bytes, valueStart, end, maxDepth - 1, nested);
    yield { name: decode(bytes, key), key, value: { start: valueStart, end: valueEnd } };
    pos = readComma(bytes, valueEnd, end);
  }
}

/** The offset after the value at `at`; strings, numbers and words by the grammar, values with brackets by `nested`. */
export function skipValue(bytes: Buffer, at: number, end: number, maxDepth: number, nested: Nested): number {
  return isOpening(charAt(bytes, at, end)) ? nested(bytes, at, end, maxDepth) : readValue(bytes, at, end, maxDepth);
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The text of a string token, quotes included, with its escapes decoded. */
export function decode(bytes: Buffer, { start, end }: Span): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, digits: string | undefined, letter: string) =>
    digits === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** The offset of the first byte that is not part of well-formed UTF-8 (Unicode 3.9, table 3-7), or -1. */
export function firstBadByte(bytes: Uint8Array, start: number, end: number): number {
  const within = (at: number, low: number, high: number) => at < end && bytes[at] >= low && bytes[at] <= high;
  for (let at = start; at < end; ) {
    const lead = bytes[at];
    let length = 1;
    let ok = lead < 0x80;
    if (lead >= 0xc2 && lead <= 0xdf) {
      length = 2;
      ok = within(at + 1, 0x80, 0xbf);
    } else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      const low = lead === 0xe0 ? 0xa0 : 0x80;
      const high = lead === 0xed ? 0x9f : 0xbf;
      ok = within(at + 1, low, high) && within(at + 2, 0x80, 0xbf);
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      const low = lead === 0xf0 ? 0x90 : 0x80;
      const high = lead === 0xf4 ? 0x8f : 0xbf;
      ok = within(at + 1, low, high) && within(at + 2, 0x80, 0xbf) && within(at + 3, 0x80, 0xbf);
    }
    if (!ok) return at;
    at += length;
  }
  return -1;
}
