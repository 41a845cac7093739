/** Passing over the rest of an entity, and seeing there a second member of those that were asked for. */
import { COLON } from './ascii';
import { equalTo, escapeCarry, escapedBytes, firstBytes, maskOf, prefixXor, setEscapeCarry } from './blocks';
import { columnOf, endsOfLength, NOT_WANTED } from './members';
import { skipWhitespace } from './tokens';

/**
 * Goes from the first level of an entity, at `pos`, to its end, by quotes and brackets, 64 bytes at a time. A string of
 * the first level that a colon follows is a key: it must not name a member that was asked for, since these were found.
 * Only strings are looked at that are as long as such a name, or hold an escape, or began in the block before.
 * @returns the address behind the bracket that closes the entity; 0 where it does not end before `end`, nests deeper
 *   than `maxDepth`, bears such a key, or one with an escape, or holds what only the scalar reader judges
 */
export function restEnd(pos: usize, end: usize, maxDepth: i32): usize {
  setEscapeCarry(0);
  let depth: i32 = 1;
  /** All ones inside a string. */
  let inString: u64 = 0;
  /** Where the last string of the first level began. */
  let opened: usize = pos;
  for (; pos < end; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const quote = i8x16.splat(0x22);
    let quotes = equalTo(a, b, c, d, quote);
    const backslash = i8x16.splat(0x5c);
    const ea = i8x16.eq(a, backslash);
    const eb = i8x16.eq(b, backslash);
    const ec = i8x16.eq(c, backslash);
    const ed = i8x16.eq(d, backslash);
    let backslashes: u64 = 0;
    if (escapeCarry != 0 || v128.any_true(v128.or(v128.or(ea, eb), v128.or(ec, ed)))) {
      backslashes = maskOf(ea, eb, ec, ed);
      quotes &= ~escapedBytes(backslashes);
    }
    const bit = i8x16.splat(0x20);
    const open = i8x16.splat(0x7b);
    const close = i8x16.splat(0x7d);
    const a2 = v128.or(a, bit);
    const b2 = v128.or(b, bit);
    const c2 = v128.or(c, bit);
    const d2 = v128.or(d, bit);
    const strings = prefixXor(quotes) ^ inString;
    const valid: u64 = firstBytes(end - pos);
    const outside = ~strings & valid;
    if ((backslashes & outside) != 0) return 0;
    const opens = equalTo(a2, b2, c2, d2, open) & outside;
    const closes = equalTo(a2, b2, c2, d2, close) & outside;
    const closing = i32(popcnt(closes));

    if (depth - closing < 2) {
      // The first level may be reached: up to the bracket that closes it, or to the end of the block.
      const behind = closing < depth ? 0 : closingBracket(opens, closes, depth);
      const starts = quotes & strings;
      const ends = quotes & ~strings & (behind == 0 ? valid : behind - 1);
      let looked = ends & endsOfLength(starts);
      looked |= ends & (0 - ends) & inString;
      if (backslashes != 0) looked |= ends & (strings + (backslashes & strings));
      for (; looked != 0; looked &= looked - 1) {
        const before = (looked & (0 - looked)) - 1;
        if (depth + i32(popcnt(opens & before)) - i32(popcnt(closes & before)) != 1) continue;
        const at = pos + usize(ctz(looked));
        const colon = skipWhitespace(at + 1, end);
        if (colon >= end || load<u8>(colon) != COLON) continue;
        const own = starts & before;
        const key = (own != 0 ? pos + usize(63 - clz(own)) : opened) + 1;
        if (columnOf(key, at - key) != NOT_WANTED) return 0;
      }
      if (starts != 0) opened = pos + usize(63 - clz(starts));
      if (behind != 0) return staysWithin(opens, closes, depth, maxDepth) ? pos + usize(ctz(behind)) + 1 : 0;
    }
    if (!staysWithin(opens, closes, depth, maxDepth)) return 0;
    depth += i32(popcnt(opens)) - closing;
    inString = u64(i64(strings) >> 63);
  }
  return 0;
}

/** The bit of the bracket that closes the entity; 0 where none of the block does. */
function closingBracket(opens: u64, closes: u64, depth: i32): u64 {
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    const one = brackets & (0 - brackets);
    if ((opens & one) != 0) depth++;
    else if (--depth == 0) return one;
  }
  return 0;
}

/** Whether the brackets of a block that begins at this depth nest within the limit, up to the end of the entity. */
function staysWithin(opens: u64, closes: u64, depth: i32, maxDepth: i32): bool {
  if (depth + i32(popcnt(opens)) <= maxDepth) return true;
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    if ((opens & brackets & (0 - brackets)) == 0) {
      if (--depth == 0) return true;
    } else if (++depth > maxDepth) {
      return false;
    }
  }
  return true;
}
