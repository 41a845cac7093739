/** Checks the grammar of JSON for 64 bytes at a time: rules on neighbours, as masks with a bit for each byte. */
import { CARRIAGE_RETURN, CLOSE_BRACE, CLOSE_BRACKET, COMMA, NEWLINE, OPEN_BRACE, TAB } from './ascii';
import {
  BACKSLASHES,
  CASE_BITS,
  CLOSING,
  COLONS,
  COMMAS,
  DOTS,
  equalTo,
  escapedIn,
  escapesNext,
  firstBytes,
  goesOn,
  LAST_CONTROL,
  maskOf,
  NINES,
  OPENING,
  prefixXor,
  QUOTES,
  ZEROS,
} from './blocks';
import { beginKeys, clearNoted, noteKeys } from './keys';
import { BRACKETS, MOST_BRACKETS } from './layout';
import { escapeLength, isWhitespace, scalarEnd } from './tokens';

/** Brackets whose kinds one word holds. */
const KINDS: i32 = 64;

let maxDepth: i32 = 0;

/** Sets the maximum depth of entities, and clears the noted members. */
export function beginCheck(depth: i32): void {
  clearNoted();
  maxDepth = min(depth, MOST_BRACKETS);
}

/** Whether all escapes of the block at `pos` are valid; `escaped` marks the bytes after the backslashes. */
function areEscapes(pos: usize, escaped: u64): bool {
  for (; escaped != 0; escaped &= escaped - 1) {
    if (escapeLength(pos + usize(ctz(escaped))) == 0) return false;
  }
  return true;
}

/** Whether the number or word at `pos` is valid, up to a byte that may follow it. */
function isScalar(pos: usize, end: usize): bool {
  const after = scalarEnd(pos, end);
  if (after == 0) return false;
  const next = i32(load<u8>(after));
  return next == COMMA || next == CLOSE_BRACE || next == CLOSE_BRACKET || isWhitespace(next);
}

/** Whether the numbers and words of the block at `pos` that begin at these bits are valid. */
function areScalars(pos: usize, end: usize, starts: u64): bool {
  for (; starts != 0; starts &= starts - 1) if (!isScalar(pos + usize(ctz(starts)), end)) return false;
  return true;
}

/**
 * Whether the numbers of a block are digits with a fraction at most, and begin and end in it; false is not a verdict.
 * @param others what is in numbers beside digits
 * @param zeros those that a number begins with
 */
@inline
function areDecimals(others: u64, digits: u64, dots: u64, zeros: u64): bool {
  const fractions = dots << 1;
  const unknown = (others & ~dots) | ((dots | zeros) >> 63) | (dots & 1);
  // A dot is between digits, and no second one follows the digits; no digit follows a zero.
  const faults = (dots & ~(digits << 1)) | (fractions & ~digits) | ((fractions + digits) & dots) | ((zeros << 1) & digits);
  return (unknown | faults) == 0;
}

/** Moves each bit on white space to the first byte after it; 1 in `followCarry` continues into the next block. */
@inline
function behindSpace(bits: u64, spaces: u64): u64 {
  const moved = spaces + (bits & spaces);
  followCarry = u64(moved < spaces);
  return (bits | moved) & ~spaces;
}
let followCarry: u64 = 0;

/**
 * Whether `[start, end)` is one object by RFC 8259, nested within the limit, without a second unique member. False is
 * not a verdict; the scalar checker then decides.
 *
 * Every token is recognised by what precedes it. After each kind of token the first byte that is not white space must
 * be one of few: these rules, one shift and one comparison of masks each, hold for all 64 bytes at once. Only two things
 * need an order: which bracket closes which, and whether a comma is in an object or in an array. For those the brackets
 * of the block are visited one by one.
 */
export function checkEntity(start: usize, end: usize): bool {
  if (start >= end || load<u8>(start) != OPEN_BRACE) return false;
  beginKeys();
  /** 1 if the first byte of the block is escaped. */
  let escapedFirst: u64 = 0;
  let depth: i32 = 0;
  /** The kinds of the innermost open brackets, a bit each, 1 for a brace; those further out are in memory. */
  let kinds: u64 = 0;
  /** All ones while the innermost bracket is a brace, else 0. */
  let inObject: u64 = 0;
  let inString: u64 = 0;
  /** 1 while a key, or a number or word, continues into the next block. */
  let inKey: u64 = 0;
  let inScalar: u64 = 0;
  /** Where the last number or word begins. */
  let lastScalar: usize = start;
  /** 1 if the last token of the previous block still needs the byte that its rule requires. */
  let owedValue: u64 = 0;
  let owedKey: u64 = 0;
  let owedMember: u64 = 0;
  let owedElement: u64 = 0;
  let owedEnd: u64 = 0;
  let owedColon: u64 = 0;

  for (let pos = start; pos < end; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);
    const length = end - pos;
    const valid: u64 = firstBytes(length);

    // Strings.
    const quote = v128.load(QUOTES);
    let quotes = equalTo(a, b, c, d, quote);
    const backslash = v128.load(BACKSLASHES);
    const backslashes = equalTo(a, b, c, d, backslash) & valid;
    let escaped: u64 = 0;
    if ((backslashes | escapedFirst) != 0) {
      escaped = escapedIn(backslashes, escapedFirst);
      escapedFirst = escapesNext(backslashes, escaped);
      escaped &= valid;
      quotes &= ~escaped;
    }
    const strings = prefixXor(quotes) ^ inString;
    const opening = quotes & strings & valid;
    const closing = quotes & ~strings & valid;
    if (escaped != 0) {
      if ((escaped & ~strings) != 0 || !areEscapes(pos, escaped)) return false;
    }
    if ((backslashes & ~strings) != 0) return false;
    const outside = ~strings & valid;

    // Punctuation.
    const space = v128.load(CASE_BITS);
    const a2 = v128.or(a, space);
    const b2 = v128.or(b, space);
    const c2 = v128.or(c, space);
    const d2 = v128.or(d, space);
    const open = v128.load(OPENING);
    const opens = equalTo(a2, b2, c2, d2, open) & outside;
    const close = v128.load(CLOSING);
    const closes = equalTo(a2, b2, c2, d2, close) & outside;
    const colon = v128.load(COLONS);
    const colons = equalTo(a, b, c, d, colon) & outside;
    const comma = v128.load(COMMAS);
    const commas = equalTo(a, b, c, d, comma) & outside;

    // Numbers, words and white space; of the control characters only three are white space, and none may be in a string.
    let scalars = outside & ~(closing | opens | closes | colons | commas);
    let spaces: u64 = 0;
    if (scalars != 0) {
      spaces = equalTo(a, b, c, d, space) & scalars;
      scalars ^= spaces;
    }
    const least = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
    const lastControl = v128.load(LAST_CONTROL);
    if (v128.any_true(i8x16.le_u(least, lastControl))) {
      const controls =
        maskOf(
          i8x16.le_u(a, lastControl),
          i8x16.le_u(b, lastControl),
          i8x16.le_u(c, lastControl),
          i8x16.le_u(d, lastControl),
        ) & valid;
      if ((controls & strings) != 0) return false;
      for (let rest = controls; rest != 0; rest &= rest - 1) {
        const byte = i32(load<u8>(pos + usize(ctz(rest))));
        if (byte != NEWLINE && byte != CARRIAGE_RETURN && byte != TAB) return false;
      }
      spaces |= controls;
      scalars &= ~controls;
    }
    const scalarStarts = scalars & ~((scalars << 1) | inScalar);
    const values = opening | opens | scalarStarts;

    // Which bytes are in an object, brackets counting to what they open or close, and which are on the first level.
    let objects: u64 = 0;
    let firstLevel: u64 = 0;
    let from: u64 = u64.MAX_VALUE;
    for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
      const at = pos + usize(ctz(brackets));
      const one = brackets & (0 - brackets);
      const before = from & (one - 1);
      // The bit in which brackets differ from braces.
      const kind = (u64(load<u8>(at)) >> 5) & 1;
      firstLevel |= depth == 1 ? before : 0;
      if ((opens & one) != 0) {
        objects |= inObject & before;
        if (depth == maxDepth) return false;
        if (depth % KINDS == 0) store<u64>(BRACKETS + usize(depth) / 8, kinds);
        depth++;
        kinds = (kinds << 1) | kind;
        from = 0 - one;
      } else {
        objects |= inObject & (before | one);
        if (kind != (kinds & 1)) return false;
        kinds >>= 1;
        if (--depth % KINDS == 0) {
          if (depth == 0 && at != end - 1) return false;
          kinds = load<u64>(BRACKETS + usize(depth) / 8);
        }
        from = 0 - (one << 1);
      }
      inObject = 0 - (kinds & 1);
    }
    objects |= inObject & from;
    if (depth == 1) firstLevel |= from;

    // What may follow what.
    const objectCommas = commas & objects;
    const beforeValue = colons | (commas & ~objects);
    const braces = opens & objects;
    const squares = opens & ~objects;
    let atValue = (beforeValue << 1) | owedValue;
    let atKey = (objectCommas << 1) | owedKey;
    let atMember = (braces << 1) | owedMember;
    let atElement = (squares << 1) | owedElement;
    owedValue = beforeValue >> 63;
    owedKey = objectCommas >> 63;
    owedMember = braces >> 63;
    owedElement = squares >> 63;
    if (spaces != 0) {
      atValue = behindSpace(atValue, spaces);
      owedValue |= followCarry;
      atKey = behindSpace(atKey, spaces);
      owedKey |= followCarry;
      atMember = behindSpace(atMember, spaces);
      owedMember |= followCarry;
      atElement = behindSpace(atElement, spaces);
      owedElement |= followCarry;
    }

    // Added to the string it opens, the bit of a key carries to the quote that closes it.
    const keys = opening & (atKey | atMember);
    const keyRun = strings + keys;
    const keyRunOn = keyRun + inKey;
    const keyEnds = keyRunOn & closing;
    inKey = u64(keyRun < strings) | u64(keyRunOn < keyRun);
    const ends = (closing & ~keyEnds) | closes;
    let atEnd = (ends << 1) | owedEnd | (((scalars << 1) | inScalar) & ~scalars);
    let atColon = (keyEnds << 1) | owedColon;
    owedEnd = ends >> 63;
    owedColon = keyEnds >> 63;
    if (spaces != 0) {
      atEnd = behindSpace(atEnd, spaces);
      owedEnd |= followCarry;
      atColon = behindSpace(atColon, spaces);
      owedColon |= followCarry;
    }
    const faults =
      (atValue & ~values) |
      (atKey & ~opening) |
      (atMember & ~(opening | closes)) |
      (atElement & ~(values | closes)) |
      (atEnd & ~(commas | closes)) |
      (atColon ^ colons);
    if ((faults & valid) != 0) return false;

    // Digits alone need no examination, except a leading zero.
    if (scalars != 0) {
      const nine = v128.load(NINES);
      const zero = v128.load(ZEROS);
      const digits =
        scalars &
        maskOf(
          i8x16.le_u(i8x16.sub(a, zero), nine),
          i8x16.le_u(i8x16.sub(b, zero), nine),
          i8x16.le_u(i8x16.sub(c, zero), nine),
          i8x16.le_u(i8x16.sub(d, zero), nine),
        );
      const zeros = equalTo(a, b, c, d, zero) & scalarStarts;
      const others = scalars & ~digits;
      if ((others | zeros) != 0) {
        // A number that continues from the previous block with other characters than digits was not examined there.
        if (inScalar != 0 && (others & scalars & ~(scalars + 1)) != 0 && !isScalar(lastScalar, end)) return false;
        const words = scalarStarts & others;
        if (words != 0 && !areScalars(pos, end, words)) return false;
        // The bit of a word carries to its end.
        const inNumbers = others & (scalars + words);
        if ((inNumbers | zeros) != 0) {
          const dots = equalTo(a, b, c, d, v128.load(DOTS)) & scalars;
          if (!areDecimals(inNumbers, digits, dots, zeros) && !areScalars(pos, end, scalarStarts)) return false;
        }
      }
      if (scalarStarts != 0) lastScalar = pos + usize(63 - clz(scalarStarts));
    }
    inScalar = scalars >> 63;

    // An escape in a key of the first level.
    if ((backslashes & ~keyRunOn & firstLevel) != 0) return false;
    const firstKeys = keys & firstLevel;
    if (firstKeys != 0 && !noteKeys(pos, firstKeys, keyEnds, end)) return false;
    inString = goesOn(strings);
  }
  return depth == 0;
}
