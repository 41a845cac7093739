/** The wanted ids or types of a selection. */
import { MINUS, QUOTE, ZERO } from './ascii';
import { hashOf } from './hash';
import { REPORT_ABSENT, REPORT_OTHER_KIND } from './boundary';
import { hasBackslash } from './tokens';

/** 32-bit hashes of the wanted texts in open addressing; 0 marks a free place. */
let table: usize = 0;
let mask: u32 = 0;
/** Offset in the row of the span that decides; -1 without a selection. */
let column: i32 = -1;
/** The bits that ASCII letters may differ in: none, or their case. */
let fold: u64 = 0;
let seed: u64 = 0;
/** Records since `beginRows` without the deciding member, and those in which it is neither text nor a number. */
let absent: i32 = 0;
let otherKind: i32 = 0;

/** Clears the selection: everything passes until `select` is called. */
export function clearSelection(): void {
  column = -1;
}

/**
 * Begins a selection.
 * @param at address of its table: `places` words of 32 bits, a power of two greater than the number of wanted texts
 * @param decidingColumn byte offset in a row of the span that decides
 * @param seedBits seed of the hashes
 */
export function select(at: usize, places: u32, decidingColumn: i32, foldCase: bool, seedBits: u32): void {
  table = at;
  mask = places - 1;
  column = decidingColumn;
  fold = foldCase ? 0x2020_2020_2020_2020 : 0;
  seed = u64(seedBits) * 0x0000_0001_0000_0001;
  memory.fill(at, 0, places << 2);
}

/** Adds the consecutive wanted texts from `pos`; their lengths are `count` words of 32 bits at `lengths`. */
export function wantAll(pos: usize, lengths: usize, count: i32): void {
  for (let index = 0; index < count; index++) {
    const length = usize(load<u32>(lengths + (usize(index) << 2)));
    const hash = wantedHash(pos, length);
    const place = placeOf(hash);
    if (place != 0) store<u32>(place, hash);
    else column = -1;
    pos += length;
  }
}

/** The place of the hash, or the free place where it belongs; 0 if it is absent and no place is free. */
function placeOf(hash: u32): usize {
  let index = hash & mask;
  for (let probes: u32 = 0; probes <= mask; probes++) {
    const place = table + (usize(index) << 2);
    const found = load<u32>(place);
    if (found == hash || found == 0) return place;
    index = (index + 1) & mask;
  }
  return 0;
}

/** Resets the counts. */
export function beginCounts(): void {
  absent = 0;
  otherKind = 0;
}

export function reportCounts(): void {
  store<i32>(REPORT_ABSENT, absent);
  store<i32>(REPORT_OTHER_KIND, otherKind);
}

/** Why the last entity was not wanted. */
let reason: i32 = 0;
const IS_OTHER: i32 = 0;
const IS_ABSENT: i32 = 1;
const IS_OTHER_KIND: i32 = 2;

/** Counts the last entity as left out. */
export function countLeftOut(): void {
  if (reason == IS_ABSENT) absent++;
  else if (reason == IS_OTHER_KIND) otherKind++;
}

/** Whether the entity of the row may be wanted. Wanted entities always pass; others may, if hashes collide. */
export function maySelect(row: usize): bool {
  if (column < 0) return true;
  const span = row + usize(column);
  const start = load<i32>(span);
  if (start < 0) {
    reason = IS_ABSENT;
    return false;
  }
  let pos = usize(start);
  let end = usize(load<i32>(span, 4));
  const first = i32(load<u8>(pos));
  if (first == QUOTE) {
    pos++;
    end--;
    if (hasBackslash(pos, end)) return true;
  } else if (first != MINUS && u32(first - ZERO) > 9) {
    reason = IS_OTHER_KIND;
    return false;
  }
  reason = IS_OTHER;
  const place = placeOf(wantedHash(pos, end - pos));
  return place != 0 && load<u32>(place) != 0;
}

/** Never 0. Folding loses bits of the letters: equal texts have equal hashes, and only that is needed. */
function wantedHash(pos: usize, length: usize): u32 {
  const hash = u32(hashOf(pos, length, fold, seed));
  return hash == 0 ? 1 : hash;
}
