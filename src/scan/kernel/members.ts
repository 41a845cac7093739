/** Locates the wanted members of an entity. */
import { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from './ascii';
import { BACKSLASHES, equalTo, LAST_CONTROL, lowest, maskOf, QUOTES } from './blocks';
import { WANTED } from './layout';
import { nestedEnd } from './skip';
import { equals, hasBackslash, scalarEnd, skipWhitespace, stringEnd } from './tokens';

/**
 * A wanted member: length of its name, column, address of the name, the first eight bytes of the name, and a mask of
 * those that the name has.
 */
const LENGTH: usize = 0;
const COLUMN: usize = 4;
const NAME: usize = 8;
const WORD: usize = 16;
const MASK: usize = 24;
export const WANTED_BYTES: usize = 32;

let wanted: i32 = 0;
/** The address after the last wanted member. */
export let wantedEnd: usize = WANTED;
let maxDepth: i32 = 0;

/** Sets the maximum depth of entities, and clears the wanted members. */
export function beginMembers(depth: i32): void {
  wanted = 0;
  wantedEnd = WANTED;
  maxDepth = depth;
}

/** Adds a wanted member by its name of at most 62 bytes at `name`; its span goes to this byte offset of the row. */
export function wantMember(name: usize, length: usize, column: usize): void {
  setMember(wantedEnd, name, length, column);
  wantedEnd += WANTED_BYTES;
  wanted++;
}

/** Writes a wanted member to `at`. */
export function setMember(at: usize, name: usize, length: usize, column: usize): void {
  const mask: u64 = length < 8 ? ((<u64>1) << (u64(length) << 3)) - 1 : u64.MAX_VALUE;
  store<u32>(at, u32(length), LENGTH);
  store<u32>(at, u32(column), COLUMN);
  store<u32>(at, u32(name), NAME);
  store<u64>(at, load<u64>(name) & mask, WORD);
  store<u64>(at, mask, MASK);
}

/** Bytes of the name of a wanted member. */
@inline
export function nameLength(member: usize): u64 {
  return u64(load<u32>(member, LENGTH));
}

/** The column of a wanted member. */
@inline
export function columnOf(member: usize): usize {
  return usize(load<u32>(member, COLUMN));
}

/** Whether the bytes at `key` are equal to the first bytes of the name. */
@inline
export function beginsAs(member: usize, key: usize): bool {
  return ((load<u64>(key) ^ load<u64>(member, WORD)) & load<u64>(member, MASK)) == 0;
}

/** Whether the bytes at `key`, as many as the name has, are equal to the name. */
@inline
export function isName(member: usize, key: usize): bool {
  if (!beginsAs(member, key)) return false;
  const length = usize(load<u32>(member, LENGTH));
  return length <= 8 || equals(key, usize(load<u32>(member, NAME)), length);
}

/** The wanted member with the key at `key`, without its quotes; 0 if there is none with these bytes. */
function memberOf(key: usize, length: usize): usize {
  for (let member = WANTED; member < wantedEnd; member += WANTED_BYTES) {
    if (nameLength(member) == u64(length) && isName(member, key)) return member;
  }
  return 0;
}

/** Sets the span of a member in the row; false if it had one. */
function takeSpan(row: usize, member: usize, start: usize, end: usize): bool {
  const span = row + columnOf(member);
  if (load<i32>(span) != -1) return false;
  store<i32>(span, i32(start));
  store<i32>(span, i32(end), 4);
  return true;
}

/** `":"` and `","` without their first bytes, as little-endian numbers. */
const COLON_QUOTE: i32 = 0x223a;
const COMMA_QUOTE: i32 = 0x222c;

/**
 * Writes the spans of the wanted members into the row of an entity that begins with them, as most do: all are in its
 * first 64 bytes, and up to the last of them there are only strings, without white space between.
 * @returns the address after the last of them; 0 if the entity is different, and then the row may have some of the spans
 */
export function locateInBlock(start: usize, end: usize, row: usize): usize {
  if (wanted == 0) return start + 1;
  if (end - start < 64) return 0;
  const a = v128.load(start, 0);
  const b = v128.load(start, 16);
  const c = v128.load(start, 32);
  const d = v128.load(start, 48);
  let quotes = equalTo(a, b, c, d, v128.load(QUOTES));
  if ((quotes & 2) == 0) return 0;
  let missing = wanted;
  let valueEnd: usize;
  for (let key: usize = 1; ; key = valueEnd + 2) {
    quotes &= quotes - 1;
    const keyEnd = usize(ctz(quotes));
    quotes &= quotes - 1;
    if (i32(load<u16>(start + keyEnd, 1)) != COLON_QUOTE) return 0;
    quotes &= quotes - 1;
    if (quotes == 0) return 0;
    valueEnd = usize(ctz(quotes));
    const member = memberOf(start + key + 1, keyEnd - key - 1);
    if (member != 0) {
      if (!takeSpan(row, member, start + keyEnd + 2, start + valueEnd + 1)) return 0;
      if (--missing == 0) break;
    }
    if (i32(load<u16>(start + valueEnd, 1)) != COMMA_QUOTE) return 0;
    quotes &= quotes - 1;
  }
  // Up to there a backslash or a control character needs the full grammar.
  const last = v128.load(LAST_CONTROL);
  const special =
    equalTo(a, b, c, d, v128.load(BACKSLASHES)) |
    maskOf(i8x16.le_u(a, last), i8x16.le_u(b, last), i8x16.le_u(c, last), i8x16.le_u(d, last));
  return (special & (lowest(quotes) - 1)) == 0 ? start + valueEnd + 1 : 0;
}

/** Whether the walk over the members reached the brace that closes the entity. */
export let complete: bool = false;

/**
 * Writes the spans of the wanted members of the entity that opens at `start` into its row.
 * @param checked whether a wanted member must not come twice
 * @returns the address after the last byte read; 0 if only the scalar scanner can decide
 */
export function locateMembers(start: usize, end: usize, row: usize, checked: bool): usize {
  complete = false;
  let missing = wanted;
  if (missing == 0) return start + 1;
  let pos = skipWhitespace(start + 1, end);
  if (pos < end && load<u8>(pos) == CLOSE_BRACE) {
    complete = true;
    return pos + 1;
  }
  while (true) {
    if (pos >= end || load<u8>(pos) != QUOTE) return 0;
    const key = pos;
    pos = stringEnd(pos, end);
    if (pos == 0) return 0;
    const keyEnd = pos;
    if (load<u8>(pos) != COLON) {
      pos = skipWhitespace(pos, end);
      if (pos >= end || load<u8>(pos) != COLON) return 0;
    }
    pos = skipWhitespace(pos + 1, end);
    if (pos >= end) return 0;
    const value = pos;
    const first = i32(load<u8>(pos));
    if (first == QUOTE) pos = stringEnd(pos, end);
    else if ((first | CASE_BIT) == OPEN_BRACE) pos = nestedEnd(pos, end, maxDepth - 1);
    else pos = scalarEnd(pos, end);
    if (pos == 0) return 0;
    const member = memberOf(key + 1, keyEnd - key - 2);
    if (member == 0) {
      if (hasBackslash(key, keyEnd)) return 0;
    } else if (takeSpan(row, member, value, pos)) {
      if (--missing == 0) return pos;
    } else if (checked) {
      return 0;
    }
    pos = skipWhitespace(pos, end);
    if (pos >= end) return 0;
    const next = i32(load<u8>(pos));
    if (next == CLOSE_BRACE) {
      complete = true;
      return pos + 1;
    }
    if (next != COMMA) return 0;
    pos = skipWhitespace(pos + 1, end);
  }
}
