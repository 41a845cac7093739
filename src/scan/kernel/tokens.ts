/** Reads single tokens by the full grammar. A result of 0 is not a verdict: the scalar scanner then decides. */
import { BACKSLASH, CARRIAGE_RETURN, CASE_BIT, DOT, MINUS, NEWLINE, PLUS, QUOTE, SPACE, TAB, ZERO } from './ascii';
import {
  BACKSLASHES,
  equalTo,
  escapedIn,
  escapesNext,
  LAST_CONTROL,
  lowest,
  maskOf,
  NEWLINES,
  QUOTES,
} from './blocks';
import { areEscapes, escapeLength } from './specials';

export function isWhitespace(byte: i32): bool {
  return byte <= SPACE && (byte == SPACE || byte == NEWLINE || byte == CARRIAGE_RETURN || byte == TAB);
}

/** The first address from `pos` that is not white space, or `end`. */
@inline
export function skipWhitespace(pos: usize, end: usize): usize {
  while (pos < end && isWhitespace(load<u8>(pos))) pos++;
  return pos;
}

/** Escapes of a string from which on it is read in blocks. */
const MANY_ESCAPES: i32 = 8;

/** The address after the string that opens at `pos`. */
export function stringEnd(pos: usize, end: usize): usize {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const lastControl = v128.load(LAST_CONTROL);
  let escapes: i32 = 0;
  pos++;
  while (pos < end) {
    const bytes = v128.load(pos);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.le_u(bytes, lastControl),
      ),
    );
    if (special == 0) {
      pos += 16;
      continue;
    }
    pos += ctz(special);
    if (pos >= end) return 0;
    const byte = i32(load<u8>(pos));
    if (byte == QUOTE) return pos + 1;
    if (byte != BACKSLASH) return 0;
    const length = escapeLength(pos + 1);
    if (length == 0) return 0;
    pos += 1 + length;
    if (++escapes == MANY_ESCAPES) return escapedEnd(pos, end);
  }
  return 0;
}

/** The address after a string with many escapes that goes on at `pos`. */
function escapedEnd(pos: usize, end: usize): usize {
  const lastControl = v128.load(LAST_CONTROL);
  let escapedFirst: u64 = 0;
  for (; pos < end; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const backslashes = equalTo(a, b, c, d, v128.load(BACKSLASHES));
    const escaped = escapedIn(backslashes, escapedFirst);
    escapedFirst = escapesNext(backslashes, escaped);
    const quotes = equalTo(a, b, c, d, v128.load(QUOTES)) & ~escaped;
    const controls = maskOf(
      i8x16.le_u(a, lastControl),
      i8x16.le_u(b, lastControl),
      i8x16.le_u(c, lastControl),
      i8x16.le_u(d, lastControl),
    );
    const until = quotes == 0 ? u64.MAX_VALUE : lowest(quotes) - 1;
    if ((controls & until) != 0 || !areEscapes(pos, escaped & until)) return 0;
    if (quotes == 0) continue;
    const after = pos + usize(ctz(quotes)) + 1;
    return after <= end ? after : 0;
  }
  return 0;
}

/** The address after the string that opens at `pos`; 0 also if it has an escape. */
@inline
export function plainEnd(pos: usize, end: usize): usize {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const lastControl = v128.load(LAST_CONTROL);
  pos++;
  let special: i32 = 0;
  for (; pos < end; pos += 16) {
    const bytes = v128.load(pos);
    special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.le_u(bytes, lastControl),
      ),
    );
    if (special != 0) break;
  }
  pos += ctz(special);
  return pos < end && load<u8>(pos) == QUOTE ? pos + 1 : 0;
}

/** The address of the first newline; 0 if there is none before `end`. */
export function newlineFrom(pos: usize, end: usize): usize {
  const newline = v128.load(NEWLINES);
  for (; pos < end; pos += 64) {
    const a = i8x16.eq(v128.load(pos, 0), newline);
    const b = i8x16.eq(v128.load(pos, 16), newline);
    const c = i8x16.eq(v128.load(pos, 32), newline);
    const d = i8x16.eq(v128.load(pos, 48), newline);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = i8x16.bitmask(a) | (i8x16.bitmask(b) << 16);
      const high = i8x16.bitmask(c) | (i8x16.bitmask(d) << 16);
      const found = pos + usize(low != 0 ? ctz(low) : 32 + ctz(high));
      return found < end ? found : 0;
    }
  }
  return 0;
}

/** Whether `[pos, end)` has a backslash. */
export function hasBackslash(pos: usize, end: usize): bool {
  for (; pos < end; pos += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(pos), v128.load(BACKSLASHES)));
    if (end - pos < 16) found &= (1 << i32(end - pos)) - 1;
    if (found != 0) return true;
  }
  return false;
}

@inline
export function equals(a: usize, b: usize, length: usize): bool {
  for (let index: usize = 0; index < length; index++) {
    if (load<u8>(a + index) != load<u8>(b + index)) return false;
  }
  return true;
}

function digitsEnd(pos: usize): usize {
  while (u32(i32(load<u8>(pos)) - ZERO) < 10) pos++;
  return pos;
}

/** The address after the number at `pos`. Reads up to a byte that cannot be part of a number. */
function numberEnd(pos: usize): usize {
  if (load<u8>(pos) == MINUS) pos++;
  let next = digitsEnd(pos);
  if (next == pos || (load<u8>(pos) == ZERO && next > pos + 1)) return 0;
  pos = next;
  if (load<u8>(pos) == DOT) {
    next = digitsEnd(pos + 1);
    if (next == pos + 1) return 0;
    pos = next;
  }
  if ((i32(load<u8>(pos)) | CASE_BIT) == 0x65) {
    pos++;
    const sign = i32(load<u8>(pos));
    if (sign == PLUS || sign == MINUS) pos++;
    next = digitsEnd(pos);
    if (next == pos) return 0;
    pos = next;
  }
  return pos;
}

/** The address after the number, `true`, `false` or `null` at `pos`. */
export function scalarEnd(pos: usize, end: usize): usize {
  const word = load<u32>(pos);
  let next: usize;
  // The words as little-endian numbers: "true", "null", "fals" and "alse".
  if (word == 0x65757274 || word == 0x6c6c756e) next = pos + 4;
  else if (word == 0x736c6166 && load<u32>(pos + 1) == 0x65736c61) next = pos + 5;
  else next = numberEnd(pos);
  return next <= end ? next : 0;
}
