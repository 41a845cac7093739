/** What a selection asks for, as far as it may be decided here: the ids or types that are wanted. */
import { MINUS, QUOTE, ZERO } from './ascii';
import { hasBackslash } from './tokens';

/** 32-bit hashes of the wanted texts in open addressing; 0 marks a free place. */
let table: usize = 0;
let mask: u32 = 0;
/** Offset in the row of the span that decides; -1 where nothing is decided here. */
let column: i32 = -1;
/** Whether letters of ASCII are equal in both cases. */
let foldCase: bool = false;

/** Empties the selection: everything passes until `select` was called. */
export function clearSelection(): void {
  column = -1;
}

/**
 * Begins a selection.
 * @param at where its table lies: `places` words of 32 bits, a power of two at least twice the texts that are wanted
 * @param decidingColumn byte offset in a row of the span that decides
 */
export function select(at: usize, places: u32, decidingColumn: i32, fold: bool): void {
  table = at;
  mask = places - 1;
  column = decidingColumn;
  foldCase = fold;
  memory.fill(at, 0, places << 2);
}

/** Wants the texts in `[pos, end)`, with a zero byte between two. */
export function wantAll(pos: usize, end: usize): void {
  for (let at = pos; at <= end; at++) {
    if (at < end && load<u8>(at) != 0) continue;
    want(pos, at - pos);
    pos = at + 1;
  }
}

function want(pos: usize, length: usize): void {
  const hash = hashOf(pos, length);
  let place = hash & mask;
  while (load<u32>(table + (place << 2)) != 0) place = (place + 1) & mask;
  store<u32>(table + (place << 2), hash);
}

/** Whether the entity of the row may be wanted. Those that are not wanted may pass by chance, those that are always do. */
export function maySelect(row: usize): bool {
  if (column < 0) return true;
  const span = row + usize(column);
  const start = load<i32>(span);
  if (start < 0) return false;
  let pos = usize(start);
  let end = usize(load<i32>(span, 4));
  const first = i32(load<u8>(pos));
  if (first == QUOTE) {
    pos++;
    end--;
    if (hasBackslash(pos, end)) return true;
  } else if (first != MINUS && u32(first - ZERO) > 9) {
    return false;
  }
  const hash = hashOf(pos, end - pos);
  let place = hash & mask;
  while (true) {
    const found = load<u32>(table + (place << 2));
    if (found == hash) return true;
    if (found == 0) return false;
    place = (place + 1) & mask;
  }
}

/** Never 0. Of texts whose case is folded, bits of the letters are lost: equal texts have equal hashes, more is not asked. */
function hashOf(pos: usize, length: usize): u32 {
  const fold: u64 = foldCase ? 0x2020_2020_2020_2020 : 0;
  let hash: u64 = 0x9e37_79b9_7f4a_7c15 ^ u64(length);
  for (; length >= 8; length -= 8, pos += 8) hash = mix(hash ^ (load<u64>(pos) | fold));
  if (length > 0) {
    const rest = load<u64>(pos) & (((<u64>1) << (u64(length) << 3)) - 1);
    hash = mix(hash ^ (rest | fold));
  }
  const folded = u32(hash ^ (hash >> 32));
  return folded == 0 ? 1 : folded;
}

function mix(hash: u64): u64 {
  hash *= 0xff51_afd7_ed55_8ccd;
  return hash ^ (hash >> 33);
}
