/** Checks the grammar of JSON for 64 bytes at a time: rules on neighbours, as masks with a bit for each byte. */
import { OPEN_BRACE } from './ascii';
import {
  BACKSLASHES,
  behindSpace,
  CASE_BITS,
  CLOSING,
  COLONS,
  COMMAS,
  DOTS,
  equalTo,
  escapedIn,
  escapesNext,
  followCarry,
  goesOn,
  holdsEither,
  LAST_CONTROL,
  lowest,
  maskOf,
  NINES,
  OPENING,
  prefixXor,
  QUOTES,
  SPACES,
  ZEROS,
} from './blocks';
import { bracesInside, kindAt, kindsInside, passBrackets, untilEnd, upToNext } from './brackets';
import { reopenExcerpt } from './excerpt';
import { beginKeys, clearNoted, hasOnFirst, noteKeys } from './keys';
import { MOST_BRACKETS } from './layout';
import { beginLiterals, endByLiterals } from './literals';
import { staysWithin } from './rest';
import { areDecimals, areScalars, isScalar } from './scalars';
import { areBlanks, areEscapes } from './specials';

/** The kinds of no brackets, and of a brace. */
const NONE: u64 = 1;
const BRACE: u64 = 1;
let maxDepth: i32 = 0;
/** Bytes of a call, which no other work can interrupt. */
const LONGEST: usize = 2 * 1024 * 1024;
/** From this depth on the kinds do not fit into a word. */
const DEEP: i32 = 62;

/** Sets the maximum depth of entities, and clears the noted members. */
export function beginCheck(depth: i32): void {
  clearNoted();
  maxDepth = min(depth, MOST_BRACKETS);
  beginLiterals(maxDepth);
}

/**
 * The address after the object that opens at `start`, if it is valid by RFC 8259, nested within the limit, without a
 * second unique member, and ends before `end`, `inLine` also before the next newline. 0 is not a verdict: the scalar
 * checker decides; 1 is for long ones.
 *
 * Every token is recognised by what precedes it. After each kind of token the first byte that is not white space must
 * be one of few: these rules, one shift and one comparison of masks each, hold for all 64 bytes at once. Only two things
 * need an order: which bracket closes which, and whether a comma is in an object or in an array. For those the brackets
 * of the block are visited one by one. Entities that are like those before them need less: see `endByLiterals`.
 */
export function checkedEnd(start: usize, end: usize, inLine: bool): usize {
  if (start >= end || maxDepth < 1 || load<u8>(start) != OPEN_BRACE) return 0;
  beginKeys();
  const after = endByLiterals(start, min(end, start + LONGEST), inLine);
  if (after != 0) return after;
  beginKeys();
  reopenExcerpt();
  return endWithin(start, end, min(end, start + LONGEST), inLine, false);
}

/** Where and in what state the last part of a check has ended. */
let partPos: usize = 0;
let partInString: u64 = 0;
let partEscapedFirst: u64 = 0;
let partDepth: i32 = 0;
let partKinds: u64 = 0;
let partInKey: u64 = 0;
let partInScalar: u64 = 0;
let partLastScalar: usize = 0;
let partOwed: u32 = 0;

/**
 * `checkedEnd` in parts, for an object that is long: checks on until `limit`, from the start if `isFirst`.
 * @returns the address after it, 0, or 1 if there is more to check
 */
export function checkPart(start: usize, end: usize, limit: usize, isFirst: bool): usize {
  if (isFirst) {
    if (start >= end || maxDepth < 1 || load<u8>(start) != OPEN_BRACE) return 0;
    beginKeys();
  }
  return endWithin(start, end, min(end, limit), false, !isFirst);
}

/** The address after the object; 1 if it does not end before the limit. @param resumes where a part of it has ended */
function endWithin(start: usize, end: usize, limit: usize, inLine: bool, resumes: bool): usize {
  /** All ones while in a string, else 0, and 1 if the first byte of the block is escaped. */
  let inString: u64 = 0;
  let escapedFirst: u64 = 0;
  let depth: i32 = 1;
  /** The kinds of the open brackets, the innermost lowest, 1 for a brace, behind a bit that is always set. */
  let kinds: u64 = (NONE << 1) | BRACE;
  /** 1 while a key, or a number or word, continues into the next block. */
  let inKey: u64 = 0;
  let inScalar: u64 = 0;
  /** Where the last number or word begins. */
  let lastScalar: usize = start;
  /** 1 if the last token of the previous block still needs the byte that its rule requires. */
  let owedToken: u64 = 1;
  let owedKey: u64 = 1;
  let owedInside: u64 = 1;
  let owedEnd: u64 = 0;
  let owedColon: u64 = 0;

  let pos = start + 1;
  if (resumes) {
    pos = partPos;
    inString = partInString;
    escapedFirst = partEscapedFirst;
    depth = partDepth;
    kinds = partKinds;
    inKey = partInKey;
    inScalar = partInScalar;
    lastScalar = partLastScalar;
    owedToken = partOwed & 1;
    owedKey = (partOwed >> 1) & 1;
    owedInside = (partOwed >> 2) & 1;
    owedEnd = (partOwed >> 3) & 1;
    owedColon = (partOwed >> 4) & 1;
  }
  for (; pos < limit; pos += 64) {
    const a = v128.load(pos, 0);
    const b = v128.load(pos, 16);
    const c = v128.load(pos, 32);
    const d = v128.load(pos, 48);

    // Strings. Most blocks have no backslashes and no control characters.
    let quotes = equalTo(a, b, c, d, v128.load(QUOTES));
    let backslashes: u64 = 0;
    let escaped: u64 = 0;
    let controls: u64 = 0;
    const lastControl = v128.load(LAST_CONTROL);
    const isSpecial = holdsEither(a, b, c, d, v128.load(BACKSLASHES), lastControl) || escapedFirst != 0;
    if (isSpecial) {
      backslashes = equalTo(a, b, c, d, v128.load(BACKSLASHES));
      escaped = escapedIn(backslashes, escapedFirst);
      escapedFirst = escapesNext(backslashes, escaped);
      quotes &= ~escaped;
      controls = maskOf(
        i8x16.le_u(a, lastControl),
        i8x16.le_u(b, lastControl),
        i8x16.le_u(c, lastControl),
        i8x16.le_u(d, lastControl),
      );
    }
    const strings = prefixXor(quotes) ^ inString;
    inString = goesOn(strings);

    // Brackets: which bytes are in an object, brackets counting to what follows them.
    const caseBit = v128.load(CASE_BITS);
    const a2 = v128.or(a, caseBit);
    const b2 = v128.or(b, caseBit);
    const c2 = v128.or(c, caseBit);
    const d2 = v128.or(d, caseBit);
    let opens = equalTo(a2, b2, c2, d2, v128.load(OPENING)) & ~strings;
    let closes = equalTo(a2, b2, c2, d2, v128.load(CLOSING)) & ~strings;
    /** The bytes up to the end of the entity: what follows does not matter. */
    let until: u64 = u64.MAX_VALUE;
    let objects: u64;
    const deepest = depth + i32(popcnt(opens));
    if (deepest > maxDepth && !staysWithin(opens, closes, depth, maxDepth)) return 0;
    if (deepest < DEEP) {
      const wasObject = kinds & BRACE;
      /** The brackets after which an object continues. */
      let braces: u64 = 0;
      for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
        const one = lowest(brackets);
        const kind = kindAt(pos + usize(ctz(brackets)));
        if ((closes & one) == 0) {
          kinds = (kinds << 1) | kind;
        } else {
          if (((kinds ^ kind) & BRACE) != 0) return 0;
          kinds >>= 1;
          if (kinds == NONE) {
            until = one | (one - 1);
            break;
          }
        }
        braces |= one & (0 - (kinds & BRACE));
      }
      objects = upToNext(braces, opens | closes, wasObject);
    } else {
      const inside = depth < DEEP ? kinds ^ (NONE << u64(depth)) : kinds;
      if (!passBrackets(pos, opens, closes, depth, inside)) return 0;
      kinds = kindsInside;
      objects = upToNext(bracesInside, opens | closes, inside & BRACE);
      until = untilEnd;
    }
    opens &= until;
    closes &= until;
    quotes &= until;
    const outside = ~strings & until;
    const level = depth;
    depth += i32(popcnt(opens)) - i32(popcnt(closes));
    if (deepest >= DEEP && depth < DEEP) kinds |= NONE << u64(depth);
    const opening = quotes & strings;
    const closing = quotes & ~strings;
    if (isSpecial) {
      if (((backslashes & outside) | (controls & strings & until)) != 0) return 0;
      if (!areEscapes(pos, escaped & until)) return 0;
      controls &= outside;
      if (!areBlanks(pos, controls, inLine)) return 0;
    }
    const colons = equalTo(a, b, c, d, v128.load(COLONS)) & outside;
    const commas = equalTo(a, b, c, d, v128.load(COMMAS)) & outside;

    // Numbers, words and white space. Digits alone need no examination, except a leading zero.
    let scalars = outside & ~(closing | opens | closes | colons | commas);
    let scalarStarts: u64 = 0;
    let spaces: u64 = 0;
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
      let others = scalars ^ digits;
      if (others != 0) {
        spaces = (equalTo(a, b, c, d, v128.load(SPACES)) | controls) & others;
        others ^= spaces;
        scalars ^= spaces;
      }
      scalarStarts = scalars & ~((scalars << 1) | inScalar);
      const zeros = equalTo(a, b, c, d, zero) & scalarStarts;
      if ((others | zeros) != 0) {
        // A number that continues from the previous block with other characters than digits was not examined there.
        if (inScalar != 0 && (others & ~(scalars + 1)) != 0 && !isScalar(lastScalar, end)) return 0;
        const words = scalarStarts & others;
        if (words != 0 && !areScalars(pos, end, words)) return 0;
        // The bit of a word carries to its end.
        const inNumbers = others & (scalars + words);
        if ((inNumbers | zeros) != 0) {
          const dots = equalTo(a, b, c, d, v128.load(DOTS)) & scalars;
          if (!areDecimals(inNumbers, digits, dots, zeros) && !areScalars(pos, end, scalarStarts)) return 0;
        }
      }
      if (scalarStarts != 0) lastScalar = pos + usize(63 - clz(scalarStarts));
    }

    // What may follow what: a token, in an object a key, and after an opening bracket also one that closes.
    const values = opening | opens | scalarStarts;
    const beforeToken = commas | colons | opens;
    const beforeKey = (commas | opens) & objects;
    let atToken = (beforeToken << 1) | owedToken;
    let atKey = (beforeKey << 1) | owedKey;
    let atInside = (opens << 1) | owedInside;
    owedToken = beforeToken >> 63;
    owedKey = beforeKey >> 63;
    owedInside = opens >> 63;
    if (spaces != 0) {
      atToken = behindSpace(atToken, spaces);
      owedToken |= followCarry;
      atKey = behindSpace(atKey, spaces);
      owedKey |= followCarry;
      atInside = behindSpace(atInside, spaces);
      owedInside |= followCarry;
    }

    // Added to the string it opens, the bit of a key carries to the quote that closes it.
    const keys = opening & atKey;
    const keyRun = strings + keys;
    const keyRunOn = keyRun + inKey;
    const keyEnds = keyRunOn & closing;
    inKey = u64(keyRun < strings) | u64(keyRunOn < keyRun);
    const ends = (closing & ~keyEnds) | closes;
    let atEnd = (ends << 1) | owedEnd | (((scalars << 1) | inScalar) & ~scalars);
    let atColon = (keyEnds << 1) | owedColon;
    owedEnd = ends >> 63;
    owedColon = keyEnds >> 63;
    inScalar = scalars >> 63;
    if (spaces != 0) {
      atEnd = behindSpace(atEnd, spaces);
      owedEnd |= followCarry;
      atColon = behindSpace(atColon, spaces);
      owedColon |= followCarry;
    }
    const faults =
      (atToken & ~(values | (closes & atInside))) |
      (atKey & ~(opening | closes)) |
      (atEnd & ~(commas | closes)) |
      (atColon ^ colons);
    if ((faults & until) != 0) return 0;

    // Keys of the first level, in which an escape is not read here.
    if (level - i32(popcnt(closes)) < 2) {
      if (keys != 0 && !noteKeys(pos, keys, level, opens, closes, end)) return 0;
      if ((backslashes & ~keyRunOn) != 0 && hasOnFirst(backslashes & ~keyRunOn, level, opens, closes)) return 0;
    }
    if (depth == 0) {
      const after = pos + usize(64 - clz(closes));
      return after <= end ? after : 0;
    }
  }
  if (pos >= end) return 0;
  partPos = pos;
  partInString = inString;
  partEscapedFirst = escapedFirst;
  partDepth = depth;
  partKinds = kinds;
  partInKey = inKey;
  partInScalar = inScalar;
  partLastScalar = lastScalar;
  partOwed = u32(owedToken | (owedKey << 1) | (owedInside << 2) | (owedEnd << 3) | (owedColon << 4));
  return 1;
}
