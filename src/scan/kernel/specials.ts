/** Escapes and control characters of a block: most blocks have none. */
import { BACKSLASH, CARRIAGE_RETURN, NEWLINE, QUOTE, TAB } from './ascii';
import { CASE_BITS, equalTo, maskOf, NINES, ZEROS } from './blocks';

/** Marks the bytes that are hexadecimal digits. */
@inline
function hexIn(bytes: v128): v128 {
  const digits = i8x16.le_u(i8x16.sub(bytes, v128.load(ZEROS)), v128.load(NINES));
  const letters = i8x16.sub(v128.or(bytes, v128.load(CASE_BITS)), i8x16.splat(0x61));
  return v128.or(digits, i8x16.lt_u(letters, i8x16.splat(6)));
}

/** Whether the four bytes at `pos` are hexadecimal digits. */
@inline
function areHex(pos: usize): bool {
  return (i8x16.bitmask(hexIn(v128.load32_zero(pos))) & 15) == 15;
}

/** Bytes of the escape from its second byte, at `pos`, on; 0 if it is not an escape. */
export function escapeLength(pos: usize): usize {
  const byte = i32(load<u8>(pos));
  // " \ / b f n r t
  if (byte == QUOTE || byte == BACKSLASH || byte == 0x2f) return 1;
  if (byte == 0x62 || byte == 0x66 || byte == 0x6e || byte == 0x72 || byte == 0x74) return 1;
  return byte == 0x75 && areHex(pos + 1) ? 5 : 0;
}

/** Escapes of a block that are read one by one. */
const FEW_ESCAPES: u64 = 4;

/** Whether all escapes of the block at `pos` are valid; `escaped` marks the bytes after the backslashes. */
export function areEscapes(pos: usize, escaped: u64): bool {
  if (popcnt(escaped) > FEW_ESCAPES) escaped &= ~escapesByDigits(pos, escaped);
  for (; escaped != 0; escaped &= escaped - 1) {
    if (escapeLength(pos + usize(ctz(escaped))) == 0) return false;
  }
  return true;
}

/** Those of the escapes that are a `u` and four digits inside the block. */
function escapesByDigits(pos: usize, escaped: u64): u64 {
  const a = v128.load(pos, 0);
  const b = v128.load(pos, 16);
  const c = v128.load(pos, 32);
  const d = v128.load(pos, 48);
  const ofDigits = equalTo(a, b, c, d, i8x16.splat(0x75)) & escaped;
  if (ofDigits == 0) return 0;
  const digits = maskOf(hexIn(a), hexIn(b), hexIn(c), hexIn(d));
  return ofDigits & (digits >> 1) & (digits >> 2) & (digits >> 3) & (digits >> 4);
}

/** Whether the control characters at these bits of the block at `pos` are white space, in a line also no newline. */
export function areBlanks(pos: usize, controls: u64, inLine: bool): bool {
  for (; controls != 0; controls &= controls - 1) {
    const byte = i32(load<u8>(pos + usize(ctz(controls))));
    if (byte != CARRIAGE_RETURN && byte != TAB && (byte != NEWLINE || inLine)) return false;
  }
  return true;
}
