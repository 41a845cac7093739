/** Skips a value by its quotes and brackets, 64 bytes at a time. */
import {
  BACKSLASHES,
  CASE_BITS,
  CLOSING,
  equalTo,
  escapedIn,
  escapesNext,
  firstBytes,
  goesOn,
  holds,
  lowest,
  OPENING,
  prefixXor,
  QUOTES,
} from './blocks';
import { REPORT_DEPTH, REPORT_IN_STRING } from './boundary';

/**
 * Continues a value of which `depth` brackets are open, or whose first bracket is at `pos`.
 * @param inString all ones inside a string, else 0
 * @returns the address after the bracket that closes the last one. If the bytes end before, `end`, or one more if an
 *   escape reaches beyond it; the report then has the state of the value. 0 if it nests deeper than `maxDepth`, or only
 *   the scalar scanner can decide
 */
export function skipNested(pos: usize, end: usize, depth: i32, inString: u64, maxDepth: i32): usize {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const caseBit = v128.load(CASE_BITS);
  const open = v128.load(OPENING);
  const close = v128.load(CLOSING);
  let level = i64(depth);
  /** 1 if the bytes end after a backslash that escapes the next one. */
  let beyond: u64 = 0;
  while (pos < end) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const length = end - pos;
    const valid: u64 = firstBytes(length);
    let quotes = equalTo(a, b, c, d, quote);
    let backslashes: u64 = 0;
    let escaped: u64 = 0;
    if (holds(a, b, c, d, backslash)) {
      backslashes = equalTo(a, b, c, d, v128.load(BACKSLASHES));
      escaped = escapedIn(backslashes, 0);
      quotes &= ~escaped;
    }
    const strings = prefixXor(quotes) ^ inString;
    const outside = ~strings & valid;
    // The scalar scanner has no escapes outside of strings; it reports what is wrong there.
    if ((backslashes & outside) != 0) return 0;
    const a2 = v128.or(a, caseBit);
    const b2 = v128.or(b, caseBit);
    const c2 = v128.or(c, caseBit);
    const d2 = v128.or(d, caseBit);
    const opens = equalTo(a2, b2, c2, d2, open) & outside;
    const closes = equalTo(a2, b2, c2, d2, close) & outside;
    const opening = i64(popcnt(opens));
    const closing = i64(popcnt(closes));
    if (closing < level && level + opening <= i64(maxDepth)) {
      level += opening - closing;
    } else {
      for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
        if ((opens & lowest(brackets)) != 0) {
          if (++level > i64(maxDepth)) return 0;
        } else if (--level == 0) {
          return pos + usize(ctz(brackets)) + 1;
        }
      }
    }
    if (length < 64) {
      inString = goesOn(strings << (64 - length));
      beyond = (escaped >> length) & 1;
    } else {
      inString = goesOn(strings);
      beyond = escapesNext(backslashes, escaped);
    }
    // An escaped byte before a block is skipped: it is in a string, and means nothing there.
    pos += 64 + usize(beyond);
  }
  store<i32>(REPORT_DEPTH, i32(level));
  store<i32>(REPORT_IN_STRING, i32(inString & 1));
  // The escaped byte may have been the last one.
  return pos > end ? end + usize(beyond & inString) : end;
}

/** The address after the value whose bracket opens at `pos`; 0 if it does not end before `end`. */
export function nestedEnd(pos: usize, end: usize, maxDepth: i32): usize {
  // The report is written only if the bytes end first.
  store<i32>(REPORT_DEPTH, 0);
  const next = skipNested(pos, end, 0, 0, maxDepth);
  return load<i32>(REPORT_DEPTH) == 0 ? next : 0;
}

/** `skipNested` for callers without 64-bit numbers. */
export function skipValue(pos: usize, end: usize, depth: i32, inString: bool, maxDepth: i32): usize {
  return skipNested(pos, end, depth, inString ? u64.MAX_VALUE : 0, maxDepth);
}
