/** Finding the members of an entity that a scan is asked for. */
import { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from './ascii';
import { WANTED } from './layout';
import { nestedEnd } from './skip';
import { equals, hasBackslash, scalarEnd, skipWhitespace, stringEnd } from './tokens';

let wanted: i32 = 0;
let maxDepth: i32 = 0;

/** Says how deep entities may nest, and forgets what was wanted. */
export function beginMembers(depth: i32): void {
  wanted = 0;
  maxDepth = depth;
}

/** Wants the member whose name lies at `name`; its span goes to this byte offset of the row. */
export function wantMember(name: usize, length: usize, column: usize): void {
  const at = WANTED + usize(wanted) * 12;
  store<u32>(at, u32(name));
  store<u32>(at, u32(length), 4);
  store<u32>(at, u32(column), 8);
  wanted++;
}

/** Answers of `columnOf` that are no column. */
export const NOT_WANTED: i32 = -1;
const ESCAPED: i32 = -2;

/** The column of the member whose key lies at `key`, without its quotes. */
export function columnOf(key: usize, length: usize): i32 {
  for (let index = 0; index < wanted; index++) {
    const at = WANTED + usize(index) * 12;
    if (usize(load<u32>(at, 4)) == length && equals(key, load<u32>(at), length)) return load<i32>(at, 8);
  }
  return hasBackslash(key, key + length) ? ESCAPED : NOT_WANTED;
}

/** Of strings that begin at these places, where they would end if they were as long as a name that is wanted. */
@inline
export function endsOfLength(starts: u64): u64 {
  let ends: u64 = 0;
  for (let index = 0; index < wanted; index++) {
    const length = u64(load<u32>(WANTED + usize(index) * 12, 4)) + 1;
    if (length < 64) ends |= starts << length;
  }
  return ends;
}

/** Whether the walk over the members came to the brace that closes the entity. */
export let complete: bool = false;

/**
 * Writes the spans of the wanted members of the entity that opens at `start` into its row.
 * @param checked a wanted member must not come twice
 * @returns the address behind what was read; 0 where only the scalar reader can tell
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
    const column = columnOf(key + 1, keyEnd - key - 2);
    if (column == ESCAPED) return 0;
    if (column != NOT_WANTED) {
      if (load<i32>(row + usize(column)) == -1) {
        store<i32>(row + usize(column), i32(value));
        store<i32>(row + usize(column), i32(pos), 4);
        if (--missing == 0) return pos;
      } else if (checked) {
        return 0;
      }
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
