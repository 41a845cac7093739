/** A literal: all that is between two scalar values of an entity, and what it does to the open brackets. */
import { CASE_BIT, CLOSE_BRACE, COLON, COMMA, MINUS, NEWLINE, OPEN_BRACE, QUOTE, ZERO } from './ascii';
import { notedMember } from './keys';
import { isWhitespace, plainEnd } from './tokens';

/** A literal: the first 16 bytes of its text and a mask of those it has, its length, and the literal that followed it last; */
const TEXT: usize = 0;
const MASK: usize = 16;
const LENGTH: usize = 32;
export const NEXT: usize = 36;
/** a bit for each open bracket that it depends on, the innermost lowest, and the kinds of these, in 64 bits each; */
const NEEDED: usize = 40;
const NEEDED_KINDS: usize = 48;
/** 0 if it is only a comma, perhaps a key, and white space; */
const IS_SPECIAL: usize = 56;
/** how many open brackets it closes, how many of its own it leaves open, and their kinds, how many are open in it; */
const CLOSED: usize = 60;
const OPENED: usize = 64;
const OPENED_KINDS: usize = 68;
const MOST_OPENED: usize = 72;
/** a noted member whose key is in it, or 0, the offset of that key, and whether the literal is the last one: 0 or 1. */
const MEMBER: usize = 76;
const KEY: usize = 80;
const IS_LAST: usize = 84;
/** The complete text follows, if it is longer than 16 bytes. */
const MORE: usize = 96;

/** No literal is longer, or has more brackets. */
const LONGEST: usize = 112;
const MOST_BRACKETS: i32 = 16;
/** Room that the longest literal needs. */
export const LITERAL_BYTES: usize = MORE + LONGEST;

/** The kinds of no open brackets, 1 for a brace, behind a bit that is always set. */
const NONE: u64 = 1;
/** Set beside the kinds in front of the first literal. */
export const AT_FIRST: u64 = (<u64>1) << 63;

/** Sixteen bytes of ones, then sixteen of zeros. */
const MASKS: usize = memory.data<u64>([0xffffffffffffffff, 0xffffffffffffffff, 0, 0], 16);

@inline
export function lengthOf(literal: usize): usize {
  return usize(load<u32>(literal, LENGTH));
}

/** Whether it changes more than what comes next. */
@inline
export function isSpecial(literal: usize): bool {
  return load<u32>(literal, IS_SPECIAL) != 0;
}

@inline
export function isLast(literal: usize): bool {
  return load<u32>(literal, IS_LAST) != 0;
}

/** Brackets that it closes of those that are open before it. */
@inline
export function closedBy(literal: usize): i32 {
  return load<i32>(literal, CLOSED);
}

/** Brackets that it leaves open. */
@inline
export function openedBy(literal: usize): i32 {
  return load<i32>(literal, OPENED);
}

/** Brackets of its own that are open in it at the same time. */
@inline
export function mostOpenedBy(literal: usize): i32 {
  return load<i32>(literal, MOST_OPENED);
}

/** The kinds of the brackets that are open after it. */
@inline
export function kindsAfter(literal: usize, kinds: u64): u64 {
  const remaining = (kinds & ~AT_FIRST) >> u64(closedBy(literal));
  return (remaining << u64(openedBy(literal))) | u64(load<u32>(literal, OPENED_KINDS));
}

/** The noted member whose key is in it, outside of its own brackets; 0 if there is none. */
@inline
export function memberIn(literal: usize): usize {
  return usize(load<u32>(literal, MEMBER));
}

/** The offset of its key. */
@inline
export function keyIn(literal: usize): usize {
  return usize(load<u32>(literal, KEY));
}

/** Whether the text of the literal is at `pos`, and it may be there in brackets of these kinds. */
@inline
export function isLiteral(literal: usize, pos: usize, kinds: u64): bool {
  if (((kinds ^ load<u64>(literal, NEEDED_KINDS)) & load<u64>(literal, NEEDED)) != 0) return false;
  const differing = v128.xor(v128.load(pos), v128.load(literal, TEXT));
  if (v128.any_true(v128.and(differing, v128.load(literal, MASK)))) return false;
  return load<u32>(literal, LENGTH) <= 16 || isMore(literal, pos);
}

/** Whether a long text is at `pos` from its 17th byte on. */
function isMore(literal: usize, pos: usize): bool {
  const length = lengthOf(literal);
  let at: usize = 16;
  for (; at + 16 < length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(pos + at), v128.load(literal + at, MORE)))) return false;
  }
  // The last 16 bytes, some of which were compared before.
  at = length - 16;
  return !v128.any_true(v128.xor(v128.load(pos + at), v128.load(literal + at, MORE)));
}

/** Whether a string, a number or a word may begin with this byte. */
export function isScalarStart(byte: i32): bool {
  return byte == QUOTE || u32(byte - ZERO) < 10 || byte == MINUS || byte == 0x74 || byte == 0x66 || byte == 0x6e;
}

/** What may come next in a literal. */
const AFTER_VALUE: i32 = 0;
const KEY_DUE: i32 = 1;
const KEY_OR_END: i32 = 2;
const VALUE_DUE: i32 = 3;
const VALUE_OR_END: i32 = 4;

/**
 * Reads the literal at `pos` by the grammar and writes it to `to`; its text is not copied.
 * @param kinds those of the open brackets, which it may close, and `AT_FIRST` behind the brace of the entity
 * @param inLine whether a newline ends the text
 * @returns its length; 0 if it is faulty, or too long or too rich
 */
export function readLiteral(to: usize, pos: usize, end: usize, kinds: u64, inLine: bool): usize {
  const first = (kinds & AT_FIRST) != 0;
  const start = pos;
  let due = first ? KEY_OR_END : AFTER_VALUE;
  let closed: i32 = 0;
  let opened: i32 = 0;
  let mostOpened: i32 = 0;
  let needed: u32 = 0;
  let openedKinds: u32 = 0;
  let member: usize = 0;
  let key: usize = 0;
  let isAtEnd = false;
  while (!isAtEnd) {
    pos = skipBlanks(pos, end, inLine);
    if (pos >= end || pos - start > LONGEST) return 0;
    const byte = i32(load<u8>(pos));
    /** Whether the innermost open bracket is a brace. */
    const isObject = opened > 0 ? (openedKinds & 1) != 0 : ((kinds >> u64(closed)) & 1) != 0;
    if ((due == VALUE_DUE || due == VALUE_OR_END) && isScalarStart(byte)) break;
    if (byte == COMMA && due == AFTER_VALUE) {
      if (opened == 0) needed |= <u32>1 << u32(closed);
      due = isObject ? KEY_DUE : VALUE_DUE;
      pos++;
    } else if (byte == QUOTE && (due == KEY_DUE || due == KEY_OR_END)) {
      const keyEnd = plainEnd(pos, end);
      if (keyEnd == 0) return 0;
      const noted = opened == 0 ? notedMember(pos) : 0;
      if (noted != 0) {
        if (member != 0) return 0;
        member = noted;
        key = pos - start;
      }
      pos = skipBlanks(keyEnd, end, inLine);
      if (pos >= end || load<u8>(pos) != COLON) return 0;
      due = VALUE_DUE;
      pos++;
    } else if ((byte | CASE_BIT) == OPEN_BRACE && (due == VALUE_DUE || due == VALUE_OR_END)) {
      if (opened == MOST_BRACKETS) return 0;
      opened++;
      mostOpened = max(mostOpened, opened);
      openedKinds = (openedKinds << 1) | u32(byte == OPEN_BRACE);
      due = byte == OPEN_BRACE ? KEY_OR_END : VALUE_OR_END;
      pos++;
    } else if ((byte | CASE_BIT) == CLOSE_BRACE && due != KEY_DUE && due != VALUE_DUE) {
      if (isObject != (byte == CLOSE_BRACE)) return 0;
      if (opened > 0) {
        opened--;
        openedKinds >>= 1;
      } else {
        // A member on a level that ends in the same literal is left to the checker of blocks.
        if (closed == MOST_BRACKETS || member != 0) return 0;
        needed |= <u32>1 << u32(closed);
        closed++;
        isAtEnd = (kinds & ~AT_FIRST) >> u64(closed) == NONE;
      }
      due = AFTER_VALUE;
      pos++;
    } else {
      return 0;
    }
  }
  const length = pos - start;
  if (length > LONGEST) return 0;
  store<u32>(to, u32(length), LENGTH);
  store<u32>(to, 0, NEXT);
  store<u32>(to, u32(first || isAtEnd || closed + mostOpened > 0 || member != 0), IS_SPECIAL);
  // The last literal depends on all brackets; others also on whether they are in front of the first value.
  store<u64>(to, isAtEnd ? u64.MAX_VALUE : u64(needed) | AT_FIRST, NEEDED);
  store<u64>(to, kinds, NEEDED_KINDS);
  store<i32>(to, closed, CLOSED);
  store<i32>(to, opened, OPENED);
  store<u32>(to, openedKinds, OPENED_KINDS);
  store<i32>(to, mostOpened, MOST_OPENED);
  store<u32>(to, u32(member), MEMBER);
  store<u32>(to, u32(key), KEY);
  store<u32>(to, u32(isAtEnd), IS_LAST);
  return length;
}

/** The first address from `pos` that is not white space, which in a line has no newlines, or `end`. */
@inline
function skipBlanks(pos: usize, end: usize, inLine: bool): usize {
  while (pos < end && isWhitespace(load<u8>(pos)) && !(inLine && load<u8>(pos) == NEWLINE)) pos++;
  return pos;
}

/** Writes the text of a literal that was read; returns the address after the literal. */
export function writeText(literal: usize, pos: usize): usize {
  const length = lengthOf(literal);
  v128.store(literal, v128.load(pos), TEXT);
  v128.store(literal, v128.load(MASKS + 16 - min(length, 16)), MASK);
  if (length <= 16) return literal + MORE;
  memory.copy(literal + MORE, pos, length);
  return literal + MORE + ((length + 15) & ~15);
}

/** Writes a literal that is nowhere. */
export function writeNothing(to: usize): void {
  store<u64>(to, u64.MAX_VALUE, NEEDED);
  store<u64>(to, 0, NEEDED_KINDS);
}
