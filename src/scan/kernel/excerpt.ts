/** Writes excerpts: of each entity an object with some members of its first level, in the order of the source. */
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE } from './ascii';
import { EXCERPT_END, EXCERPT_SEVERAL, EXCERPT_SPANS, EXCERPT_START } from './boundary';
import { skipWhitespace } from './tokens';
import { copyTo, valueEnd } from './values';

/** Where the records are, a record for each row, and the bytes of one; 0 if there are no excerpts. */
let records: usize = 0;
let recordBytes: usize = 0;
/** Where the texts begin, and the address that they must not reach. */
let texts: usize = 0;
let limit: usize = 0;
/** The record of the next row, where its text begins, and where the text goes on. */
let record: usize = 0;
let begin: usize = 0;
let out: usize = 0;
/** Whether members are being taken, and whether one of them found no room. */
let isOpen: bool = false;
let isOver: bool = false;
/** Whether the next row needs more room than is left. */
export let isFull: bool = false;

/** More levels of brackets than any excerpt has inside it. */
const DEEPEST: i32 = 1000;

/** Begins excerpts of so many members, whose records and texts go to these addresses; with no members there are none. */
export function beginExcerpts(members: i32, at: usize, text: usize, room: usize): void {
  records = members == 0 ? 0 : at;
  recordBytes = EXCERPT_SPANS + usize(members) * 8;
  texts = text;
  limit = text + room;
  isOpen = false;
}

/** Whether rows have excerpts. */
@inline
export function hasExcerpts(): bool {
  return records != 0;
}

/** Begins a table of rows. */
export function clearExcerpts(): void {
  record = records;
  out = texts;
  isFull = false;
}

/** Bytes of the excerpts so far. */
export function excerptBytes(): i32 {
  return i32(out - texts);
}

/** Begins the excerpt of the next row. */
export function openExcerpt(): void {
  if (records == 0) return;
  isOpen = true;
  begin = out;
  reopenExcerpt();
}

/** Begins it once more. */
export function reopenExcerpt(): void {
  if (!isOpen) return;
  isOver = false;
  out = begin;
  clearRecord();
  store<u8>(out++, u8(OPEN_BRACE));
}

/** Completes the excerpt of the next row, or drops it if the entity is not valid. */
export function closeExcerpt(isValid: bool): void {
  if (records == 0) return;
  isOpen = false;
  if (isValid && !isOver) {
    store<u8>(out++, u8(CLOSE_BRACE));
    store<u32>(record, u32(begin - texts), EXCERPT_START);
    store<u32>(record, u32(out - texts), EXCERPT_END);
    return;
  }
  out = begin;
  clearRecord();
  // Alone it would find no room either.
  isFull = isOver && begin != texts;
}

/** The next row was added: without an excerpt, if it was not opened. */
export function addExcerpt(isOpened: bool): void {
  if (records == 0) return;
  if (!isOpened) clearRecord();
  record += recordBytes;
}

/** Adds the member whose key is `[key, keyEnd)`; its span goes to this byte offset of the record. False if it is faulty. */
export function excerptMember(key: usize, keyEnd: usize, end: usize, column: usize): bool {
  if (!isOpen || isOver) return true;
  let value = skipWhitespace(keyEnd, end);
  if (value >= end || load<u8>(value) != COLON) return false;
  value = skipWhitespace(value + 1, end);
  if (value >= end) return false;
  const after = valueEnd(value, end, load<u8>(value), DEEPEST);
  if (after == 0) return false;
  excerptValue(key, keyEnd, value, after, column);
  return true;
}

/** Adds the member whose key is `[key, keyEnd)` and whose value is `[value, after)`. */
export function excerptValue(key: usize, keyEnd: usize, value: usize, after: usize, column: usize): void {
  if (!isOpen || isOver) return;
  // The comma, the colon and the brace, and what vectors write beyond the end.
  if (out + (keyEnd - key) + (after - value) + 32 > limit) {
    isOver = true;
    return;
  }
  if (out > begin + 1) store<u8>(out++, u8(COMMA));
  out = copyTo(out, key, keyEnd);
  store<u8>(out++, u8(COLON));
  const start = out;
  out = copyTo(out, value, after);
  if (load<i32>(record + column) == -1) {
    store<u32>(record + column, u32(start - texts));
    store<u32>(record + column, u32(out - texts), 4);
  } else {
    store<i32>(record + column, EXCERPT_SEVERAL);
  }
}

/** Every word of the record is -1: nothing was found. */
function clearRecord(): void {
  memory.fill(record, 0xff, recordBytes);
}
