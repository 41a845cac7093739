/** Keeps the members of an entity that have a rule, on any number of levels. */
import { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from './ascii';
import { KEEP, RULE_PLACE_BYTES, RULE_PLACES } from './boundary';
import { hashOf } from './hash';
import { nestedEnd } from './skip';
import { equals, hasBackslash, scalarEnd, skipWhitespace, stringEnd } from './tokens';

/**
 * A table of rules is a word for its number of places, a power of two, and as many places of four words: address and
 * length of a member's name (0 for a free place), the rule, and the byte offset of the column for its span, or -1. The
 * rule is `KEEP`, or the address of the table for the members of its value.
 */


/** The place of a name in a table, or the free place where it belongs; 0 if it is absent and no place is free. */
function placeOf(table: usize, name: usize, length: usize): usize {
  const mask = load<u32>(table) - 1;
  let index = u32(hashOf(name, length, 0, 0)) & mask;
  for (let probes: u32 = 0; probes <= mask; probes++) {
    const place = table + RULE_PLACES + usize(index * u32(RULE_PLACE_BYTES));
    const known = load<u32>(place);
    if (known == 0 || (usize(load<u32>(place, 4)) == length && equals(name, known, length))) return place;
    index = (index + 1) & mask;
  }
  return 0;
}

/** Adds a rule to a table, which must keep a free place. */
export function addRule(table: usize, name: usize, length: usize, rule: u32, column: i32): void {
  const place = placeOf(table, name, length);
  if (place == 0) return;
  store<u32>(place, u32(name));
  store<u32>(place, u32(length), 4);
  store<u32>(place, rule, 8);
  store<i32>(place, column, 12);
}

/** Maximum depth of a skipped value. */
let maxDepth: i32 = 0;
/** Where the next output goes. */
let out: usize = 0;
/** The row for the spans of kept members, and the address they are relative to. */
let row: usize = 0;
let origin: usize = 0;

/** Whether containers stay that become empty, or are not objects. */
let keepsAll: bool = false;

/** Sets the maximum depth of values, and whether members with rules for their own members always stay. */
export function beginProject(depth: i32, keepContainers: bool): void {
  maxDepth = depth;
  keepsAll = keepContainers;
}

/**
 * Writes what the rules keep of the entity at `[start, end)` to `to`, and the spans of kept members, relative to `to`,
 * into the row, whose columns must all be -1.
 * @returns the address after the output; 0 if the name of a member has an escape, or if the text is faulty, which the
 *   scalar projector handles
 */
export function projectEntity(start: usize, end: usize, table: usize, to: usize, rowAt: usize): usize {
  out = to;
  row = rowAt;
  origin = to;
  return projectObject(start, end, table, true) == UNDECIDED ? 0 : out;
}

/** What is left of an object. */
const EMPTIED: i32 = 0;
const KEPT: i32 = 1;
const UNDECIDED: i32 = 2;

/** Writes the object that opens at `pos`; an object that is empty in the source stays. */
function projectObject(pos: usize, end: usize, table: usize, isEntity: bool): i32 {
  const start = pos;
  pos = skipWhitespace(pos + 1, end);
  if (pos >= end) return UNDECIDED;
  if (load<u8>(pos) == CLOSE_BRACE) {
    if (isEntity) {
      store<u16>(out, 0x7d7b);
      out += 2;
    } else {
      copy(start, pos + 1);
    }
    return KEPT;
  }
  store<u8>(out++, u8(OPEN_BRACE));
  let first = true;
  while (true) {
    const key = pos;
    if (pos >= end || load<u8>(pos) != QUOTE) return UNDECIDED;
    const keyEnd = stringEnd(pos, end);
    if (keyEnd == 0 || hasBackslash(key, keyEnd)) return UNDECIDED;
    let value = skipWhitespace(keyEnd, end);
    if (value >= end || load<u8>(value) != COLON) return UNDECIDED;
    value = skipWhitespace(value + 1, end);
    if (value >= end) return UNDECIDED;
    const byte = i32(load<u8>(value));
    let after: usize;
    if (byte == QUOTE) after = stringEnd(value, end);
    else if ((byte | CASE_BIT) == OPEN_BRACE) after = nestedEnd(value, end, maxDepth - 1);
    else after = scalarEnd(value, end);
    if (after == 0) return UNDECIDED;
    const place = placeOf(table, key + 1, keyEnd - key - 2);
    if (place != 0 && load<u32>(place) != 0) {
      const undo = out;
      if (!first) store<u8>(out++, u8(COMMA));
      copy(key, keyEnd);
      store<u8>(out++, u8(COLON));
      const rule = load<u32>(place, 8);
      let stays = EMPTIED;
      if (rule == KEEP) {
        const column = load<i32>(place, 12);
        if (column >= 0 && load<i32>(row + usize(column)) < 0) {
          store<u32>(row + usize(column), u32(out - origin));
          store<u32>(row + usize(column), u32(out - origin + (after - value)), 4);
        }
        copy(value, after);
        stays = KEPT;
      } else if (byte == OPEN_BRACE) {
        stays = projectObject(value, after, usize(rule), false);
        if (stays == UNDECIDED) return UNDECIDED;
        if (keepsAll) stays = KEPT;
      } else if (keepsAll) {
        copy(value, after);
        stays = KEPT;
      }
      if (stays == KEPT) first = false;
      else out = undo;
    }
    pos = skipWhitespace(after, end);
    if (pos >= end) return UNDECIDED;
    const next = i32(load<u8>(pos));
    if (next == CLOSE_BRACE) break;
    if (next != COMMA) return UNDECIDED;
    pos = skipWhitespace(pos + 1, end);
  }
  store<u8>(out++, u8(CLOSE_BRACE));
  return first && !isEntity ? EMPTIED : KEPT;
}

function copy(from: usize, to: usize): void {
  const length = to - from;
  memory.copy(out, from, length);
  out += length;
}
