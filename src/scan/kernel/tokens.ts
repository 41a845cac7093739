/** Reads single tokens by the full grammar. A result of 0 is not a verdict: the scalar scanner then decides. */
import { BACKSLASH, CARRIAGE_RETURN, CASE_BIT, DOT, MINUS, NEWLINE, PLUS, QUOTE, SPACE, TAB, ZERO } from './ascii';
import { BACKSLASHES, LAST_CONTROL, NEWLINES, QUOTES } from './blocks';

export function isWhitespace(byte: i32): bool {
  return byte <= SPACE && (byte == SPACE || byte == NEWLINE || byte == CARRIAGE_RETURN || byte == TAB);
}

/** The first address from `pos` that is not white space, or `end`. */
@inline
export function skipWhitespace(pos: usize, end: usize): usize {
  while (pos < end && isWhitespace(load<u8>(pos))) pos++;
  return pos;
}

function isHex(byte: i32): bool {
  const letter = (byte | CASE_BIT) - 0x61;
  return u32(byte - ZERO) < 10 || u32(letter) < 6;
}

/** Bytes of the escape from its second byte, at `pos`, on; 0 if it is not an escape. */
export function escapeLength(pos: usize): usize {
  const byte = i32(load<u8>(pos));
  // " \ / b f n r t
  if (byte == QUOTE || byte == BACKSLASH || byte == 0x2f) return 1;
  if (byte == 0x62 || byte == 0x66 || byte == 0x6e || byte == 0x72 || byte == 0x74) return 1;
  if (byte != 0x75) return 0;
  const valid =
    isHex(load<u8>(pos, 1)) && isHex(load<u8>(pos, 2)) && isHex(load<u8>(pos, 3)) && isHex(load<u8>(pos, 4));
  return valid ? 5 : 0;
}

/** The address after the string that opens at `pos`. */
export function stringEnd(pos: usize, end: usize): usize {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const lastControl = v128.load(LAST_CONTROL);
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
