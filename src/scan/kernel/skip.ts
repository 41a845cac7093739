/** Skipping a value by its quotes and brackets, 64 bytes at a time. */
import { equalTo, escapeCarry, escapedBytes, firstBytes, prefixXor, setEscapeCarry } from './blocks';
import { REPORT_DEPTH, REPORT_IN_STRING } from './layout';

/**
 * Goes on with a value of which `depth` brackets are open, or whose first bracket stands at `pos`.
 * @param inString all ones inside a string, else 0
 * @returns the address behind the bracket that closes the last one. Where the bytes end before, `end`, or one more when
 *   an escape reaches beyond it; the report then tells where the value stands. 0 where it nests deeper than
 *   `maxDepth`, or holds what only the scalar reader judges
 */
export function skipNested(pos: usize, end: usize, depth: i32, inString: u64, maxDepth: i32): usize {
  setEscapeCarry(0);
  let escaped: u64 = 0;
  for (; pos < end; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const quote = i8x16.splat(0x22);
    let quotes = equalTo(a, b, c, d, quote);
    const backslash = i8x16.splat(0x5c);
    const backslashes = equalTo(a, b, c, d, backslash);
    const bit = i8x16.splat(0x20);
    const open = i8x16.splat(0x7b);
    const close = i8x16.splat(0x7d);
    const a2 = v128.or(a, bit);
    const b2 = v128.or(b, bit);
    const c2 = v128.or(c, bit);
    const d2 = v128.or(d, bit);
    let opens = equalTo(a2, b2, c2, d2, open);
    let closes = equalTo(a2, b2, c2, d2, close);
    const length = end - pos;
    const valid: u64 = firstBytes(length);
    if ((backslashes | escapeCarry) != 0) {
      escaped = escapedBytes(backslashes);
      quotes &= ~escaped;
    } else {
      escaped = 0;
    }
    const strings = prefixXor(quotes) ^ inString;
    // The scalar reader knows no escapes outside of strings; what is wrong there is for it to say.
    if ((backslashes & ~strings & valid) != 0) return 0;
    const outside = ~strings & valid;
    opens &= outside;
    closes &= outside;
    const opening = i32(popcnt(opens));
    const closing = i32(popcnt(closes));
    if (closing < depth && depth + opening <= maxDepth) {
      depth += opening - closing;
    } else {
      let brackets = opens | closes;
      while (brackets != 0) {
        const one = brackets & (0 - brackets);
        if ((opens & one) != 0) {
          if (++depth > maxDepth) return 0;
        } else if (--depth == 0) {
          return pos + usize(ctz(brackets)) + 1;
        }
        brackets ^= one;
      }
    }
    if (length < 64) {
      inString = 0 - ((strings >> (length - 1)) & 1);
      setEscapeCarry((escaped >> length) & 1);
    } else {
      inString = u64(i64(strings) >> 63);
    }
  }
  store<i32>(REPORT_DEPTH, depth);
  store<i32>(REPORT_IN_STRING, i32(inString & 1));
  return end + usize(escapeCarry & inString);
}

/** The address behind the value whose bracket opens at `pos`; 0 where it does not end before `end`. */
export function nestedEnd(pos: usize, end: usize, maxDepth: i32): usize {
  // The report is written only where the bytes came to an end.
  store<i32>(REPORT_DEPTH, 0);
  const next = skipNested(pos, end, 0, 0, maxDepth);
  return load<i32>(REPORT_DEPTH) == 0 ? next : 0;
}

/** `skipNested` for callers that know no 64-bit numbers. */
export function skipValue(pos: usize, end: usize, depth: i32, inString: bool, maxDepth: i32): usize {
  return skipNested(pos, end, depth, inString ? u64.MAX_VALUE : 0, maxDepth);
}
