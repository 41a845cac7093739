/** Functions over the bytes of JSON that all readers of JSON text share. */
import * as ascii from './ascii.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const {
  QUOTE,
  BACKSLASH,
  OPEN_BRACE,
  CLOSE_BRACKET,
  COMMA,
  CLOSE_BRACE,
  OPEN_BRACKET,
  NEWLINE,
  CARRIAGE_RETURN,
  SPACE,
  TAB,
  MINUS,
  ZERO,
  NINE,
  CASE_BIT,
} = ascii;

/** 1 for bytes that are literal in a string: neither quote, backslash nor control character. */
const PLAIN = new Uint8Array(256).fill(1, SPACE);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

/** 1 for bytes that may follow a backslash; `u` also needs four hexadecimal digits. */
const SIMPLE_ESCAPE = new Uint8Array(256);
for (const letter of '"\\/bfnrt') SIMPLE_ESCAPE[letter.charCodeAt(0)] = 1;
const LETTER_U = 0x75;

const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

/** Whether JSON allows the byte between tokens. */
export function isWhitespace(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === TAB;
}

/** The first offset from `pos` that is not white space, or `end`. */
export function skipWhitespace(bytes: Uint8Array, pos: number, end: number): number {
  while (pos < end && bytes[pos] <= SPACE && isWhitespace(bytes[pos])) pos++;
  return pos;
}

/**
 * The offset after the string that opens at `pos`.
 * @returns the bitwise complement of the fault's offset if the string is not valid JSON; `~end` if it is cut
 */
export function stringEnd(bytes: Uint8Array, pos: number, end: number): number {
  const lastFour = end - 4;
  pos++;
  while (pos < end) {
    // Four bytes per turn: the loop costs more than the test of a byte.
    while (pos <= lastFour) {
      if (PLAIN[bytes[pos]] === 0) break;
      if (PLAIN[bytes[pos + 1]] === 0) {
        pos += 1;
        break;
      }
      if (PLAIN[bytes[pos + 2]] === 0) {
        pos += 2;
        break;
      }
      if (PLAIN[bytes[pos + 3]] === 0) {
        pos += 3;
        break;
      }
      pos += 4;
    }
    if (pos > lastFour) {
      while (pos < end && PLAIN[bytes[pos]] === 1) pos++;
      if (pos >= end) break;
    }
    const byte = bytes[pos];
    if (byte === QUOTE) return pos + 1;
    if (byte !== BACKSLASH) return ~pos;
    if (pos + 1 >= end) break;
    if (SIMPLE_ESCAPE[bytes[pos + 1]] === 1) {
      pos += 2;
    } else if (bytes[pos + 1] === LETTER_U) {
      for (let digit = pos + 2; digit < pos + 6; digit++) {
        if (digit >= end) return ~end;
        if (HEX[bytes[digit]] === 0) return ~digit;
      }
      pos += 6;
    } else {
      return ~(pos + 1);
    }
  }
  return ~end;
}

/**
 * The offset after the number, `true`, `false` or `null` that begins at `pos`.
 * @returns the bitwise complement of the fault's offset if it is none of them
 */
export function scalarEnd(bytes: Uint8Array, pos: number, end: number): number {
  switch (bytes[pos]) {
    case 0x74:
      return literalEnd(bytes, pos, end, 'true');
    case 0x66:
      return literalEnd(bytes, pos, end, 'false');
    case 0x6e:
      return literalEnd(bytes, pos, end, 'null');
    default:
      return numberEnd(bytes, pos, end);
  }
}

function literalEnd(bytes: Uint8Array, pos: number, end: number, literal: string): number {
  for (let index = 0; index < literal.length; index++) {
    if (pos + index >= end || bytes[pos + index] !== literal.charCodeAt(index)) return ~Math.min(pos + index, end);
  }
  return pos + literal.length;
}

function numberEnd(bytes: Uint8Array, pos: number, end: number): number {
  if (pos < end && bytes[pos] === MINUS) pos++;
  // No digit may follow a leading zero.
  pos = pos < end && bytes[pos] === ZERO ? pos + 1 : digitsEnd(bytes, pos, end);
  if (pos < 0) return pos;
  if (pos < end && bytes[pos] === 0x2e) {
    pos = digitsEnd(bytes, pos + 1, end);
    if (pos < 0) return pos;
  }
  if (pos < end && (bytes[pos] | CASE_BIT) === 0x65) {
    pos++;
    if (pos < end && (bytes[pos] === 0x2b || bytes[pos] === MINUS)) pos++;
    pos = digitsEnd(bytes, pos, end);
  }
  return pos;
}

/** The offset after one or more digits; the complement of the offset if there is no digit. */
function digitsEnd(bytes: Uint8Array, pos: number, end: number): number {
  const first = pos;
  while (pos < end && bytes[pos] >= ZERO && bytes[pos] <= NINE) pos++;
  return pos === first ? ~pos : pos;
}

/** The state of a skip over one value, which may continue in the next chunk. */
export interface Skip {
  depth: number;
  inString: boolean;
  /** Maximum of open brackets. */
  readonly maxDepth: number;
  /** The maximum was exceeded; the skip has stopped after the bracket. */
  tooDeep: boolean;
}

/** A skip that begins at a quote or an opening bracket. */
export function newSkip(maxDepth: number): Skip {
  return { depth: 0, inString: false, maxDepth, tooDeep: false };
}

/**
 * Continues skipping one value by its quotes and brackets only: brackets balance by count, and an escape may reach one
 * byte beyond `end`. The value is complete when `skip.depth` is 0 and `skip.inString` is false afterwards.
 * @returns the offset to continue from
 */
export function skipNested(bytes: Uint8Array, pos: number, end: number, skip: Skip): number {
  const { maxDepth } = skip;
  const lastFour = end - 4;
  let { depth, inString } = skip;
  while (pos < end) {
    if (!inString) {
      const byte = bytes[pos++];
      if (byte !== QUOTE) {
        // Outside of strings only brackets and the letters of literals are at or above "[" in ASCII.
        if (byte < OPEN_BRACKET) continue;
        if ((byte | CASE_BIT) === OPEN_BRACE) {
          if (++depth > maxDepth) {
            skip.tooDeep = true;
            break;
          }
        } else if ((byte | CASE_BIT) === CLOSE_BRACE && --depth === 0) {
          break;
        }
        continue;
      }
      inString = true;
    }
    // Four bytes per turn, as in stringEnd.
    while (pos <= lastFour) {
      let byte = bytes[pos];
      if (byte === QUOTE || byte === BACKSLASH) break;
      byte = bytes[pos + 1];
      if (byte === QUOTE || byte === BACKSLASH) {
        pos += 1;
        break;
      }
      byte = bytes[pos + 2];
      if (byte === QUOTE || byte === BACKSLASH) {
        pos += 2;
        break;
      }
      byte = bytes[pos + 3];
      if (byte === QUOTE || byte === BACKSLASH) {
        pos += 3;
        break;
      }
      pos += 4;
    }
    if (pos >= end) break;
    const byte = bytes[pos++];
    if (byte === BACKSLASH) {
      pos++;
    } else if (byte === QUOTE) {
      inString = false;
      if (depth === 0) break;
    }
  }
  skip.depth = depth;
  skip.inString = inString;
  return pos;
}

/** The text of the string token at `[start, end)`, quotes included, with its escapes decoded. */
export function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text;
}

/** Whether the string token at `[start, end)`, quotes included, spells the name given as text and as UTF-8. */
export function stringEquals(bytes: Buffer, start: number, end: number, name: string, nameBytes: Uint8Array): boolean {
  if (end - start - 2 === nameBytes.length) {
    let index = 0;
    while (index < nameBytes.length && bytes[start + 1 + index] === nameBytes[index]) index++;
    if (index === nameBytes.length) return true;
  }
  // An escape is longer than its character, so only a longer token can spell the name.
  if (end - start - 2 <= nameBytes.length || !hasEscape(bytes, start, end)) return false;
  return decodeString(bytes, start, end) === name;
}

/** Whether a number, a word or nothing ends before this byte. */
export function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isWhitespace(byte);
}

/** Whether `[start, end)` has a backslash. */
export function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) if (bytes[pos] === BACKSLASH) return true;
  return false;
}
