/** Skips the rest of an entity: it must balance, and must not have a wanted member again. */
import { CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COMMA, NEWLINE } from './ascii';
import {
  ANY_BRACKET,
  BACKSLASHES,
  BRACKET_BITS,
  CASE_BITS,
  CLOSING,
  equalTo,
  escapedIn,
  escapesNext,
  goesOn,
  holdsEither,
  LAST_CONTROL,
  lowest,
  NEWLINES,
  NO_TEXT,
  NULS,
  OPENING,
  prefixXor,
  QUOTES,
} from './blocks';
import { WANTED } from './layout';
import { beginsAs, isName, nameLength, WANTED_BYTES, wantedEnd } from './members';

/**
 * Goes from the first level of an entity, at `pos`, to its end.
 * @param inLine whether it must end before the next newline
 * @returns the address after the bracket that closes the entity; 0 if it does not end before `end`, nests deeper than
 *   `maxDepth`, may have a wanted key again, or only the scalar scanner can decide
 */
export function restEnd(pos: usize, end: usize, maxDepth: i32, inLine: bool): usize {
  found = 0;
  within = 0;
  lastStarts = 0;
  if (wantedEnd == WANTED + WANTED_BYTES) pos = passFlat(pos, end, inLine ? LAST_CONTROL : NULS);
  if (found == 0) passAny(pos, end, maxDepth, inLine);
  return found <= end ? found : 0;
}

/** The address after the entity; 0 until it is reached. */
let found: usize = 0;
/** All ones if the next block begins inside a string. */
let within: u64 = 0;
/** The starts of strings in the previous block. */
let lastStarts: u64 = 0;

/**
 * Skips the blocks of the first level without brackets, backslashes or newlines, if one member is wanted.
 * @param most address of a vector: bytes up to this value are special
 * @returns the first block not skipped, unless the end was found
 */
function passFlat(pos: usize, end: usize, most: usize): usize {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const control = v128.load(most);
  const bracketBits = v128.load(BRACKET_BITS);
  const bracket = v128.load(ANY_BRACKET);
  const length = nameLength(WANTED);
  /** The first bytes of a block: strings as long as the name that end there begin in the previous block. */
  const first = ((<u64>2) << length) - 1;
  let inString: u64 = 0;
  let before: u64 = 0;
  for (; pos < end; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const quotes = equalTo(a, b, c, d, quote);
    const strings = prefixXor(quotes) ^ inString;
    // Four other characters look like brackets here; JSON has none of them between strings.
    const brackets =
      equalTo(v128.or(a, bracketBits), v128.or(b, bracketBits), v128.or(c, bracketBits), v128.or(d, bracketBits), bracket) &
      ~strings;
    const until = lowest(brackets) - 1;
    const ends = rotl(quotes & strings, length + 1);
    let alike = ((ends & ~first) | (before & first)) & quotes & ~strings & until;
    if (alike != 0) {
      const key = pos - usize(length);
      if (beginsAs(WANTED, key + usize(ctz(alike)))) break;
      alike &= alike - 1;
      if (alike != 0) {
        if (beginsAs(WANTED, key + usize(ctz(alike)))) break;
        if ((alike & (alike - 1)) != 0) break;
      }
    }
    if (holdsEither(a, b, c, d, backslash, control)) {
      const special = equalTo(a, b, c, d, v128.load(NEWLINES)) | equalTo(a, b, c, d, v128.load(BACKSLASHES));
      if (brackets == 0 || (special & until) != 0) break;
    }
    if (brackets != 0) {
      const at = pos + usize(ctz(brackets));
      const byte = i32(load<u8>(at));
      if (byte == CLOSE_BRACE || byte == CLOSE_BRACKET) found = at + 1;
      break;
    }
    before = ends;
    inString = goesOn(strings);
  }
  within = inString;
  lastStarts = rotr(before, length + 1);
  return pos;
}

/** Skips blocks of any kind, from the first level on, and sets `found` if the entity ends. */
function passAny(pos: usize, end: usize, maxDepth: i32, inLine: bool): void {
  const quote = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const control = v128.load(inLine ? LAST_CONTROL : NULS);
  const newlineAt = inLine ? NEWLINES : NO_TEXT;
  const caseBit = v128.load(CASE_BITS);
  const open = v128.load(OPENING);
  const close = v128.load(CLOSING);
  let depth: i64 = 1;
  let inString = within;
  let before = lastStarts;
  /** 1 if the block begins in a string of the first level that has an escape, else 0. */
  let hidden: u64 = 0;
  let step: usize = 64;
  for (; pos < end; pos += step) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    let quotes = equalTo(a, b, c, d, quote);
    let backslashes: u64 = 0;
    let newlines: u64 = 0;
    step = 64;
    if (holdsEither(a, b, c, d, backslash, control)) {
      newlines = equalTo(a, b, c, d, v128.load(newlineAt));
      backslashes = equalTo(a, b, c, d, v128.load(BACKSLASHES));
      const escaped = escapedIn(backslashes, 0);
      quotes &= ~escaped;
      // An escaped byte after the block is skipped: it is in a string, and means nothing there.
      step += usize(escapesNext(backslashes, escaped));
      if (step != 64 && inLine && load<u8>(pos, 64) == NEWLINE) return;
    }
    const strings = prefixXor(quotes) ^ inString;
    const a2 = v128.or(a, caseBit);
    const b2 = v128.or(b, caseBit);
    const c2 = v128.or(c, caseBit);
    const d2 = v128.or(d, caseBit);
    const opens = equalTo(a2, b2, c2, d2, open) & ~strings;
    const closes = equalTo(a2, b2, c2, d2, close) & ~strings;
    const opening = i64(popcnt(opens));
    const closing = i64(popcnt(closes));
    const deepest = depth + opening;
    if (deepest > i64(maxDepth) && !staysWithin(opens, closes, depth, maxDepth)) return;
    if (depth - closing < 2) {
      // The first level may be reached: up to the bracket that closes it, or to the end of the block.
      const after = closing < depth ? 0 : closingBracket(opens, closes, depth);
      const starts = quotes & strings;
      const ends = quotes & ~strings & (after - 1);
      for (let member = WANTED; member < wantedEnd; member += WANTED_BYTES) {
        const length = nameLength(member);
        let alike = ((starts << (length + 1)) | (before >> (63 - length))) & ends;
        for (; alike != 0; alike &= alike - 1) {
          const key = pos + usize(ctz(alike)) - usize(length);
          if (isName(member, key) && mayBeKey(pos, lowest(alike), opens, closes, depth)) return;
        }
      }
      if ((backslashes | hidden) != 0) {
        // The bit of a backslash carries to the quote that ends its string.
        let escaped = ends & ((strings + (backslashes & strings)) | (lowest(ends) & (0 - hidden)));
        for (; escaped != 0; escaped &= escaped - 1) {
          if (mayBeKey(pos, lowest(escaped), opens, closes, depth)) return;
        }
        const isWhole = u64(~strings == 0);
        hidden = (hidden & isWhole) | u64((backslashes & lastRun(strings)) != 0);
      }
      if (after != 0) {
        if (((newlines | (backslashes & ~strings)) & (after - 1)) != 0) return;
        found = pos + usize(ctz(after)) + 1;
        return;
      }
      before = step == 64 ? starts : 0;
    } else {
      before = 0;
      hidden = 0;
    }
    if ((newlines | (backslashes & ~strings)) != 0) return;
    depth = deepest - closing;
    inString = goesOn(strings);
  }
}

/** Whether the string that ends at this bit of the block may be a key of the first level. */
@inline
function mayBeKey(pos: usize, end: u64, opens: u64, closes: u64, depth: i64): bool {
  const next = i32(load<u8>(pos + usize(ctz(end)), 1));
  if (next == COMMA || (next | CASE_BIT) == CLOSE_BRACE) return false;
  return depth + i64(popcnt(opens & (end - 1))) - i64(popcnt(closes & (end - 1))) == 1;
}

/** The consecutive set bits at the upper end. */
@inline
function lastRun(bits: u64): u64 {
  return ~bits == 0 ? bits : ~(u64.MAX_VALUE >> clz(~bits));
}

/** The bit of the bracket that closes the entity; 0 if the block has none. */
@inline
function closingBracket(opens: u64, closes: u64, depth: i64): u64 {
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    const one = lowest(brackets);
    if ((opens & one) != 0) depth++;
    else if (--depth == 0) return one;
  }
  return 0;
}

/** Whether the brackets of a block that begins at this depth nest within the limit, up to the end of the entity. */
@inline
export function staysWithin(opens: u64, closes: u64, depth: i64, maxDepth: i32): bool {
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    if ((opens & lowest(brackets)) == 0) {
      if (--depth == 0) return true;
    } else if (++depth > i64(maxDepth)) {
      return false;
    }
  }
  return true;
}
