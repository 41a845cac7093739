/** Keeps the members and elements of an entity that have a rule, on any number of levels. */
import { CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, QUOTE } from './ascii';
import {
  AS_SCALAR,
  DROP,
  KEEP,
  ROW_BYTES,
  ROW_END,
  ROW_START,
  RULE_COLUMN,
  RULE_HIT,
  RULE_LENGTH,
  RULE_NAME,
  RULE_PLACE_BYTES,
  RULE_PLACES,
  RULE_VALUE,
  SPANS_SEVERAL,
  TABLE_ELEMENTS,
  TABLE_ELEMENTS_HIT,
  TABLE_LENGTHS,
  TABLE_OTHERS,
  TABLE_OTHERS_HIT,
  TABLE_PLACES,
  TABLE_STAYS,
} from './boundary';
import { hashOf } from './hash';
import { equals, plainEnd, skipWhitespace } from './tokens';
import { copyTo, valueEnd } from './values';

/*
 * A table of rules begins with words about all members and elements; as many places as its number of places says, a
 * power of two, follow. A place is the address and length of a member's name (0 for a free place), the rule, the byte
 * offset of the column for its span, or -1, and whether the member came. A rule is `KEEP`, `DROP` or the address of the
 * table for what is inside; that of elements may be `AS_SCALAR`.
 */

/** The place of a name in a table, or the free place where it belongs; 0 if it is absent and no place is free. */
function placeOf(table: usize, name: usize, length: usize): usize {
  const mask = load<u32>(table, TABLE_PLACES) - 1;
  let index = u32(hashOf(name, length, 0, 0)) & mask;
  for (let probes: u32 = 0; probes <= mask; probes++) {
    const place = table + RULE_PLACES + usize(index * u32(RULE_PLACE_BYTES));
    const known = load<u32>(place, RULE_NAME);
    if (known == 0 || (usize(load<u32>(place, RULE_LENGTH)) == length && equals(name, known, length))) return place;
    index = (index + 1) & mask;
  }
  return 0;
}

/** Adds a rule to a table, which must keep a free place; returns the address of its place. */
export function addRule(table: usize, name: usize, length: usize, rule: u32, column: i32): usize {
  const place = placeOf(table, name, length);
  store<u32>(place, u32(name), RULE_NAME);
  store<u32>(place, u32(length), RULE_LENGTH);
  store<u32>(place, rule, RULE_VALUE);
  store<i32>(place, column, RULE_COLUMN);
  store<u32>(place, 0, RULE_HIT);
  store<u32>(table, load<u32>(table, TABLE_LENGTHS) | lengthBit(length), TABLE_LENGTHS);
  return place;
}

/** A bit for names of a length: most members have none of the wanted lengths, and need no look-up. */
@inline
function lengthBit(length: usize): u32 {
  return <u32>1 << (u32(length) & 31);
}

/** Maximum depth of a skipped value. */
let maxDepth: i32 = 0;
/** Where the next output goes. */
let out: usize = 0;
/** The row for the spans of kept members, and the address they are relative to. */
let row: usize = 0;
let origin: usize = 0;
/** The address after the value that was read last. */
let next: usize = 0;

/** Nesting that is entered at most: the stack is limited, and the scalar projector goes deeper. */
const DEEPEST: i32 = 256;

/** Where the record of spans of the entity is, and the bytes of one; 0 if spans are written into the rows. */
let spanBytes: usize = 0;

/**
 * Sets the maximum depth of values, and the bytes of a record of spans: instead of into the rows, spans are written into
 * one for each entity, in which a member that comes twice, or an array on the way to one, sets the first word.
 */
export function beginProject(depth: i32, spans: usize): void {
  maxDepth = depth;
  spanBytes = spans;
}

/**
 * Writes what the rules keep of entities to `to`, one after the other. The rows have the spans of their texts, relative
 * to `from`; these become the spans of the output, relative to `to`, and so do those of kept members with a column,
 * whose columns must be -1. `spans` is the address of the records of spans, whose words must be -1.
 * @returns the number of entities before the first one that only the scalar projector can decide: one with an escape in
 *   the name of a member, a faulty or a very deep one; the end of the output is in `projectedEnd`
 */
export function projectEntities(from: usize, rows: usize, count: i32, table: usize, to: usize, spans: usize): i32 {
  out = to;
  origin = to;
  for (let index: i32 = 0; index < count; index++, rows += ROW_BYTES, spans += spanBytes) {
    const begin = out;
    row = spanBytes == 0 ? rows : spans;
    const start = from + usize(load<u32>(rows, ROW_START));
    const end = from + usize(load<u32>(rows, ROW_END));
    if (projectObject(start, end, table, true, 0) == UNDECIDED) {
      out = begin;
      return index;
    }
    store<u32>(rows, u32(begin - to), ROW_START);
    store<u32>(rows, u32(out - to), ROW_END);
  }
  return count;
}

/** The address after the output of the last call. */
export function projectedEnd(): usize {
  return out;
}

/** What is left of a value. */
const EMPTIED: i32 = 0;
const KEPT: i32 = 1;
const UNDECIDED: i32 = 2;

/** Writes what the rule, which is not `DROP`, keeps of the value at `pos`, and sets `next` to the address after it. */
function projectValue(pos: usize, end: usize, rule: u32, depth: i32): i32 {
  const byte = i32(load<u8>(pos));
  if (rule != KEEP) {
    if (byte == OPEN_BRACE) return projectObject(pos, end, usize(rule), false, depth);
    // The bit that brackets and braces differ in is not set in brackets.
    if ((byte | CASE_BIT) == OPEN_BRACE && load<u32>(usize(rule), TABLE_ELEMENTS) != AS_SCALAR) {
      return projectArray(pos, end, usize(rule), depth);
    }
  }
  const after = valueEnd(pos, end, byte, maxDepth - 1);
  if (after == 0) return UNDECIDED;
  next = after;
  if (rule != KEEP && load<u32>(usize(rule), TABLE_STAYS) == 0) return EMPTIED;
  copy(pos, after);
  return KEPT;
}

/** Writes the object that opens at `pos`; an object that is empty in the source stays. */
function projectObject(pos: usize, end: usize, table: usize, isEntity: bool, depth: i32): i32 {
  if (depth > DEEPEST) return UNDECIDED;
  const start = pos;
  pos = skipWhitespace(pos + 1, end);
  if (pos >= end) return UNDECIDED;
  if (load<u8>(pos) == CLOSE_BRACE) {
    next = pos + 1;
    if (isEntity) {
      store<u16>(out, 0x7d7b);
      out += 2;
    } else {
      copy(start, pos + 1);
    }
    return KEPT;
  }
  const lengths = load<u32>(table, TABLE_LENGTHS);
  const others = load<u32>(table, TABLE_OTHERS);
  store<u8>(out++, u8(OPEN_BRACE));
  let first = true;
  while (true) {
    const key = pos;
    if (pos >= end || load<u8>(pos) != QUOTE) return UNDECIDED;
    const keyEnd = plainEnd(pos, end);
    if (keyEnd == 0) return UNDECIDED;
    let value = skipWhitespace(keyEnd, end);
    if (value >= end || load<u8>(value) != COLON) return UNDECIDED;
    value = skipWhitespace(value + 1, end);
    if (value >= end) return UNDECIDED;
    let rule = others;
    let column: i32 = -1;
    const length = keyEnd - key - 2;
    let place: usize = 0;
    if ((lengths & lengthBit(length)) != 0) {
      place = placeOf(table, key + 1, length);
      if (place != 0 && load<u32>(place, RULE_NAME) == 0) place = 0;
    }
    if (place != 0) {
      rule = load<u32>(place, RULE_VALUE);
      column = load<i32>(place, RULE_COLUMN);
      store<u32>(place, 1, RULE_HIT);
    } else {
      store<u32>(table, 1, TABLE_OTHERS_HIT);
    }
    if (rule == DROP) {
      const after = valueEnd(value, end, load<u8>(value), maxDepth - 1);
      if (after == 0) return UNDECIDED;
      pos = after;
    } else {
      const undo = out;
      if (!first) store<u8>(out++, u8(COMMA));
      copy(key, keyEnd);
      store<u8>(out++, u8(COLON));
      const at = out;
      const stays = projectValue(value, end, rule, depth + 1);
      if (stays == UNDECIDED) return UNDECIDED;
      pos = next;
      if (stays == KEPT) first = false;
      else out = undo;
      if (column >= 0) {
        if (load<i32>(row + usize(column)) < 0) {
          store<u32>(row + usize(column), u32(at - origin));
          store<u32>(row + usize(column), u32(out - origin), 4);
        } else if (spanBytes != 0) {
          store<u32>(row, 1, SPANS_SEVERAL);
        }
      }
    }
    pos = skipWhitespace(pos, end);
    if (pos >= end) return UNDECIDED;
    const byte = i32(load<u8>(pos));
    if (byte == CLOSE_BRACE) break;
    if (byte != COMMA) return UNDECIDED;
    pos = skipWhitespace(pos + 1, end);
  }
  next = pos + 1;
  store<u8>(out++, u8(CLOSE_BRACE));
  return first && !isEntity && load<u32>(table, TABLE_STAYS) == 0 ? EMPTIED : KEPT;
}

/** Writes the array that opens at `pos`; an array that is empty in the source stays. */
function projectArray(pos: usize, end: usize, table: usize, depth: i32): i32 {
  if (depth > DEEPEST) return UNDECIDED;
  const start = pos;
  pos = skipWhitespace(pos + 1, end);
  if (pos >= end) return UNDECIDED;
  if (load<u8>(pos) == CLOSE_BRACKET) {
    next = pos + 1;
    copy(start, pos + 1);
    return KEPT;
  }
  const rule = load<u32>(table, TABLE_ELEMENTS);
  store<u32>(table, 1, TABLE_ELEMENTS_HIT);
  if (spanBytes != 0) store<u32>(row, 1, SPANS_SEVERAL);
  // `[`
  store<u8>(out++, load<u8>(start));
  let first = true;
  while (true) {
    if (pos >= end) return UNDECIDED;
    if (rule == DROP) {
      const after = valueEnd(pos, end, load<u8>(pos), maxDepth - 1);
      if (after == 0) return UNDECIDED;
      pos = after;
    } else {
      const undo = out;
      if (!first) store<u8>(out++, u8(COMMA));
      const stays = projectValue(pos, end, rule, depth + 1);
      if (stays == UNDECIDED) return UNDECIDED;
      pos = next;
      if (stays == KEPT) first = false;
      else out = undo;
    }
    pos = skipWhitespace(pos, end);
    if (pos >= end) return UNDECIDED;
    const byte = i32(load<u8>(pos));
    if (byte == CLOSE_BRACKET) break;
    if (byte != COMMA) return UNDECIDED;
    pos = skipWhitespace(pos + 1, end);
  }
  next = pos + 1;
  store<u8>(out++, u8(CLOSE_BRACKET));
  return first && load<u32>(table, TABLE_STAYS) == 0 ? EMPTIED : KEPT;
}

@inline
function copy(from: usize, to: usize): void {
  out = copyTo(out, from, to);
}
