/** Writes entities as rows of a table of delimiter-separated values, where each has one of a few known layouts. */
import { CASE_BIT, DOT, MINUS, PLUS, QUOTE, ZERO } from './ascii';
import { BACKSLASHES, LAST_CONTROL, QUOTES } from './blocks';
import {
  LAYOUT_BYTES,
  LAYOUT_COLUMN,
  LAYOUT_LITERAL,
  LAYOUT_LITERAL_BYTES,
  LAYOUT_PART_BYTES,
  LAYOUT_PARTS,
  LAYOUT_VALUES,
} from './boundary';

/*
 * A layout is what entities have in common: the bytes around their values, and the columns of these. It begins with the
 * number of its values; a part for each follows, and one for what comes after the last. A part is the address and the
 * length of the bytes before the value, and its column, which is greater than that of the part before.
 */

/** The delimiter and the quote of the table, and the address of 256 flags: 1 for a byte that no text begins with here. */
let delimiter: i32 = 0;
let quote: i32 = 0;
let notFirst: usize = 0;
/** Where the layouts are, so many of them, and the one that the last row had. */
let layouts: usize = 0;
let known: i32 = 0;
let last: i32 = 0;
/** Where the next output goes. */
let out: usize = 0;
/** Whether a layout fits the last entity, but for a cell that is not plain. */
let isNear: bool = false;

/** Begins a table without layouts, which come to `at`. */
export function beginTable(delimiterByte: i32, quoteByte: i32, flags: usize, at: usize): void {
  delimiter = delimiterByte;
  quote = quoteByte;
  notFirst = flags;
  layouts = at;
  known = 0;
  last = 0;
}

/** Sets the number of layouts. */
export function setLayouts(count: i32): void {
  known = count;
}

/**
 * Writes rows of so many cells, each ended by a NUL, to `to`.
 * @param spans the start and the end of each entity, in words, relative to `from`
 * @returns the number of entities before the first one that has no known layout, or a cell that is not plain
 */
export function writeRows(from: usize, spans: usize, count: i32, width: i32, to: usize): i32 {
  out = to;
  for (let index: i32 = 0; index < count; index++, spans += 8) {
    const start = from + usize(load<u32>(spans));
    if (!writeRow(start, from + usize(load<u32>(spans, 4)), width)) return index;
  }
  return count;
}

/** The address after the rows of the last call. */
export function rowsEnd(): usize {
  return out;
}

/** Whether the entity where the last call stopped has a known layout up to a cell that is not plain. */
export function isNearLayout(): bool {
  return isNear;
}

/** Writes a row by the first layout that fits; the one of the last row is likely to. */
function writeRow(start: usize, end: usize, width: i32): bool {
  const begin = out;
  isNear = false;
  for (let tried: i32 = 0; tried < known; tried++) {
    let index = last + tried;
    if (index >= known) index -= known;
    if (writeBy(layouts + usize(index) * LAYOUT_BYTES, start, end, width)) {
      last = index;
      return true;
    }
    out = begin;
  }
  return false;
}

function writeBy(layout: usize, pos: usize, end: usize, width: i32): bool {
  let column: i32 = 0;
  let part = layout + LAYOUT_PARTS;
  for (let left = load<i32>(layout, LAYOUT_VALUES); left > 0; left--, part += LAYOUT_PART_BYTES) {
    const length = usize(load<u32>(part, LAYOUT_LITERAL_BYTES));
    if (!isLiteral(pos, usize(load<u32>(part, LAYOUT_LITERAL)), length)) return false;
    pos += length;
    for (const own = load<i32>(part, LAYOUT_COLUMN); column < own; column++) store<u8>(out++, u8(delimiter));
    pos = writeCell(pos, end);
    if (pos == 0) {
      isNear = true;
      return false;
    }
  }
  const length = usize(load<u32>(part, LAYOUT_LITERAL_BYTES));
  if (pos + length != end || !isLiteral(pos, usize(load<u32>(part, LAYOUT_LITERAL)), length)) return false;
  for (; column < width - 1; column++) store<u8>(out++, u8(delimiter));
  store<u8>(out++, 0);
  return true;
}

/** Whether the bytes at `pos` are those of a literal. */
@inline
function isLiteral(pos: usize, literal: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 16 < length; at += 16) {
    if (v128.any_true(v128.xor(v128.load(pos + at), v128.load(literal + at)))) return false;
  }
  const same = i8x16.bitmask(i8x16.eq(v128.load(pos + at), v128.load(literal + at)));
  return (~same & ((1 << i32(length - at)) - 1)) == 0;
}

/** Writes the cell of the value at `pos`; returns the address after the value, or 0 if it is not plain. */
@inline
function writeCell(pos: usize, end: usize): usize {
  const byte = i32(load<u8>(pos));
  if (byte == QUOTE) return writeText(pos + 1, end);
  if (byte == MINUS || u32(byte - ZERO) < 10) return writeNumber(pos);
  const word = load<u32>(pos);
  // The words as little-endian numbers: "null", "true", "fals" and "alse".
  if (word == 0x6c6c756e) return pos + 4;
  store<u32>(out, word);
  if (word == 0x65757274) {
    out += 4;
    return pos + 4;
  }
  if (word != 0x736c6166 || load<u32>(pos + 1) != 0x65736c61) return 0;
  store<u8>(out, 0x65, 4);
  out += 5;
  return pos + 5;
}

/** Writes a number as it is. */
@inline
function writeNumber(pos: usize): usize {
  for (let byte = i32(load<u8>(pos)); isOfNumber(byte); byte = i32(load<u8>(pos))) {
    store<u8>(out++, u8(byte));
    pos++;
  }
  return pos;
}

@inline
function isOfNumber(byte: i32): bool {
  return u32(byte - ZERO) < 10 || byte == DOT || byte == MINUS || byte == PLUS || (byte | CASE_BIT) == 0x65;
}

/** Writes the text of the string whose first character is at `pos`, in quotes if it has a delimiter or is empty. */
@inline
function writeText(pos: usize, end: usize): usize {
  const quotes = v128.load(QUOTES);
  const backslash = v128.load(BACKSLASHES);
  const lastControl = v128.load(LAST_CONTROL);
  const own = i8x16.splat(i8(quote));
  const separator = i8x16.splat(i8(delimiter));
  let to = out;
  let at = pos;
  let separators: i32 = 0;
  for (; at < end; at += 16, to += 16) {
    const bytes = v128.load(at);
    v128.store(to, bytes);
    const stops = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quotes), i8x16.eq(bytes, backslash)),
        v128.or(i8x16.eq(bytes, own), i8x16.le_u(bytes, lastControl)),
      ),
    );
    const found = i8x16.bitmask(i8x16.eq(bytes, separator));
    if (stops != 0) {
      separators |= found & ((stops & -stops) - 1);
      at += ctz(stops);
      break;
    }
    separators |= found;
  }
  if (at >= end || load<u8>(at) != QUOTE) return 0;
  const length = at - pos;
  if (length > 0 && load<u8>(notFirst + usize(load<u8>(pos))) != 0) return 0;
  if (length > 0 && separators == 0) {
    out += length;
    return at + 1;
  }
  store<u8>(out++, u8(quote));
  memory.copy(out, pos, length);
  out += length;
  store<u8>(out++, u8(quote));
  return at + 1;
}
