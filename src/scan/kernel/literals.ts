/** Checks entities by what they have in common with those before them: the literals between their scalar values. */
import { DOT, QUOTE, ZERO } from './ascii';
import { NINES, ZEROS } from './blocks';
import { noteMember, noteValue } from './keys';
import { LITERALS, LITERALS_END } from './layout';
import {
  AT_FIRST,
  closedBy,
  isLast,
  isLiteral,
  isScalarStart,
  isSpecial,
  keyIn,
  kindsAfter,
  lengthOf,
  LITERAL_BYTES,
  memberIn,
  mostOpenedBy,
  NEXT,
  openedBy,
  readLiteral,
  writeNothing,
  writeText,
} from './literal';
import { plainEnd, scalarEnd, stringEnd } from './tokens';

/*
 * Entities of one kind have few literals, in almost the same order: each is read by the grammar once, and only compared
 * from then on, which takes less time than a check by blocks. An entity of known literals and valid scalar values is
 * valid, since a literal knows in which brackets it may be.
 */

/** The kinds of one open brace. */
const ONE_BRACE: u64 = 3;
/** Deeper kinds do not fit into a word. */
const DEEPEST: i32 = 60;

/** Addresses of literals in 16 bits each: by a hash of those before them, */
const FOLLOWERS: usize = LITERALS;
const FOLLOWER_BITS: u32 = 12;
/** and by a hash of their first bytes. */
const PLACES: usize = FOLLOWERS + (<usize>2 << usize(FOLLOWER_BITS));
const PLACE_BITS: u64 = 9;
/** A literal that is nowhere, and one before the first of each entity. */
const NOTHING: usize = PLACES + (<usize>2 << usize(PLACE_BITS));
const BEGINNING: usize = NOTHING + LITERAL_BYTES;
const FIRST_LITERAL: usize = BEGINNING + LITERAL_BYTES;

let literalsEnd: usize = FIRST_LITERAL;
/** Whether literals have no newlines, and the maximum depth of entities. */
let isInLine: bool = false;
let limit: i32 = 0;
/** Literals of an entity, and those of them that were not known. */
let passed: i32 = 0;
let learned: i32 = 0;
/** Entities that are left to the check by blocks, now and after the next one with too many new literals. */
let pause: i32 = 0;
let nextPause: i32 = 1;
const LONGEST_PAUSE: i32 = 4096;

/** Forgets all literals, and sets the maximum depth of entities. */
export function beginLiterals(depth: i32): void {
  limit = min(depth, DEEPEST);
  pause = 0;
  nextPause = 1;
  forget();
}

function forget(): void {
  memory.fill(LITERALS, 0, FIRST_LITERAL - LITERALS);
  literalsEnd = FIRST_LITERAL;
  writeNothing(NOTHING);
  store<u32>(BEGINNING, u32(NOTHING), NEXT);
}

/**
 * The address after the object that opens at `start`, if it is valid by the rules of `checkedEnd`; then its noted
 * members are noted. 0 is not a verdict.
 */
export function endByLiterals(start: usize, end: usize, inLine: bool): usize {
  if (pause > 0) {
    pause--;
    return 0;
  }
  if (inLine != isInLine || literalsEnd + LITERAL_BYTES > LITERALS_END) forget();
  isInLine = inLine;
  passed = 0;
  learned = 0;
  const after = walk(start, end);
  if (after != 0 && learned * 8 <= passed) {
    nextPause = 1;
  } else {
    pause = nextPause;
    nextPause = min(nextPause * 2, LONGEST_PAUSE);
  }
  return after;
}

function walk(start: usize, end: usize): usize {
  let pos = start + 1;
  let kinds = ONE_BRACE | AT_FIRST;
  let depth: i32 = 1;
  let last = BEGINNING;
  /** The last literals, the newest in the lowest bits. */
  let before: u32 = 0;
  let count: i32 = 0;
  while (true) {
    let literal = usize(load<u32>(last, NEXT));
    if (!isLiteral(literal, pos, kinds)) {
      const follower = FOLLOWERS + usize((before * 0x9e3779b1) >> (32 - FOLLOWER_BITS)) * 2;
      literal = usize(load<u16>(follower));
      if (literal == 0 || !isLiteral(literal, pos, kinds)) {
        literal = find(pos, end, kinds);
        if (literal == 0) return 0;
        store<u16>(follower, u16(literal));
      }
      store<u32>(last, u32(literal), NEXT);
    }
    count++;
    const value = pos + lengthOf(literal);
    const special = isSpecial(literal);
    if (special) {
      if (depth + mostOpenedBy(literal) > limit) return 0;
      if (isLast(literal)) {
        passed = count;
        return value <= end ? value : 0;
      }
      if (depth <= closedBy(literal)) return 0;
    }
    if (value >= end) return 0;
    const after = scalarValueEnd(value, end);
    if (after == 0) {
      if (isScalarStart(load<u8>(value))) return 0;
      // A longer literal begins like this one.
      literal = find(pos, end, kinds);
      if (literal == 0) return 0;
      store<u32>(last, u32(literal), NEXT);
      continue;
    }
    if (special) {
      if (!noteIn(literal, pos, kinds, value, after, end)) return 0;
      depth += openedBy(literal) - closedBy(literal);
      kinds = kindsAfter(literal, kinds);
    }
    pos = after;
    last = literal;
    before = (before << 5) ^ u32(literal >> 4);
  }
}

/** Notes the member whose key is in the literal at `pos`, if it is on the first level; false if that is a fault. */
@inline
function noteIn(literal: usize, pos: usize, kinds: u64, value: usize, after: usize, end: usize): bool {
  const member = memberIn(literal);
  if (member == 0 || (kinds & ~AT_FIRST) >> u64(closedBy(literal)) != ONE_BRACE) return true;
  const key = pos + keyIn(literal);
  // A value of the member that is no scalar begins in the literal.
  return mostOpenedBy(literal) == 0 ? noteValue(member, key, value, after) : noteMember(member, key, end);
}

/** The address after the string, number or word at `pos`; 0 if it is faulty. */
@inline
function scalarValueEnd(pos: usize, end: usize): usize {
  const first = i32(load<u8>(pos));
  if (first == QUOTE) {
    const after = plainEnd(pos, end);
    return after != 0 ? after : stringEnd(pos, end);
  }
  // Most numbers are digits with a fraction at most.
  const digits = i32(i8x16.bitmask(i8x16.le_u(i8x16.sub(v128.load(pos), v128.load(ZEROS)), v128.load(NINES))));
  const whole = ctz(~digits);
  if (whole == 0 || whole > 14) return scalarEnd(pos, end);
  if (first == ZERO && whole > 1) return 0;
  let length = whole;
  if (load<u8>(pos + usize(whole)) == DOT) {
    const fraction = ctz(~(digits >> (whole + 1)));
    length = whole + 1 + fraction;
    if (fraction == 0 || length > 15) return scalarEnd(pos, end);
  }
  const after = pos + usize(length);
  // An exponent.
  if ((i32(load<u8>(after)) | 0x20) == 0x65) return scalarEnd(pos, end);
  return after <= end ? after : 0;
}

/** The literal at `pos`, which is learned if it is not known; 0 if it is faulty, or none that is learned. */
function find(pos: usize, end: usize, kinds: u64): usize {
  let word = load<u64>(pos);
  let second = load<u64>(pos, 8);
  let place = placeOf(word, second);
  let literal = knownAt(place, pos, kinds);
  if (literal != 0) return literal;
  learned++;
  if (literalsEnd + LITERAL_BYTES > LITERALS_END) return 0;
  const length = readLiteral(literalsEnd, pos, end, kinds, isInLine);
  if (length == 0) return 0;
  if (length < 16) {
    if (length < 8) word &= ((<u64>1) << u64(length * 8)) - 1;
    second = length <= 8 ? 0 : second & (((<u64>1) << u64((length - 8) * 8)) - 1);
    place = placeOf(word, second);
    literal = knownAt(place, pos, kinds);
    if (literal != 0) return literal;
  }
  literal = literalsEnd;
  literalsEnd = writeText(literal, pos);
  store<u32>(literal, u32(NOTHING), NEXT);
  store<u16>(place, u16(literal));
  return literal;
}

/** The address of the place for a literal that begins with these bytes. */
@inline
function placeOf(word: u64, second: u64): usize {
  const hash = (word ^ (second * 0xc2b2ae3d27d4eb4f)) * 0x9e3779b97f4a7c15;
  return PLACES + usize(hash >> (64 - PLACE_BITS)) * 2;
}

/** The literal of that place if it is the one at `pos`, else 0. */
function knownAt(place: usize, pos: usize, kinds: u64): usize {
  const literal = usize(load<u16>(place));
  if (literal == 0 || !isLiteral(literal, pos, kinds)) return 0;
  return isLast(literal) || isScalarStart(load<u8>(pos + lengthOf(literal))) ? literal : 0;
}
