/** Finding repetitions, by a greedy search in tables of the places where texts occurred last. */
import { DISTANCES, LITERALS, LONG_TABLE, PIECES, SYMBOLS, TABLE, TABLE_BYTES, TALLIES, TALLY_BYTES } from './layout';
import { distanceSlot, FIRST_LENGTH, lengthSlot, MOST_LENGTH } from './symbols';

/** The window of deflate. */
const FARTHEST: u32 = 32768;
/** The bits of the shortest match, five bytes: a shorter one is seldom shorter than its literals. */
const SHORTEST: u64 = 0xff_ffff_ffff;
/**
 * After sixty-four places without a match the search goes two steps at a time, and so on: what does not compress is
 * skipped.
 */
const PATIENCE: u32 = 6;
const MIX: u64 = 0x9e37_79b1_85eb_ca87;

/**
 * Where a table has the last place of a text, by six bytes. Where rows are alike, six bytes lead to the same column of
 * another row more often than five.
 */
@inline
function place(text: u64): usize {
  return TABLE + (<usize>(((text << 16) * MIX) >> 48) << 2);
}

/** The same of two smaller tables: by five bytes, and by eight. */
@inline
function shortPlace(text: u64): usize {
  return TABLE + (<usize>(((text << 24) * MIX) >> 49) << 2);
}

@inline
function longPlace(text: u64): usize {
  return LONG_TABLE + (<usize>((text * MIX) >> 49) << 2);
}

/** Notes a place in the table, or in both. */
@inline
function note(at: usize, both: bool): void {
  const text = load<u64>(at);
  if (both) {
    store<u32>(shortPlace(text), <u32>at);
    store<u32>(longPlace(text), <u32>at);
  } else {
    store<u32>(place(text), <u32>at);
  }
}

let inBoth: bool = false;

/** Forgets all places, and notes those of a window, to which the block may refer. */
export function beginSearch(from: usize, end: usize, level: u32): void {
  memory.fill(TABLE, 0, TABLE_BYTES);
  inBoth = level > 1;
  if (inBoth) for (let at = from; at + 8 <= end; at += 2) note(at, true);
  else for (let at = from; at + 8 <= end; at += 2) note(at, false);
}

/** How many bytes are equal to those before, of at most the longest match; the first eight are known to be. */
@inline
function lengthOf(at: usize, before: usize, most: u32): u32 {
  let length: u32 = 8;
  while (length < most) {
    const differing = load<u64>(at + length) ^ load<u64>(before + length);
    if (differing != 0) return min(length + <u32>(ctz(differing) >> 3), most);
    length += 8;
  }
  return most;
}

@inline
function count(symbol: usize): void {
  store<u32>(symbol, load<u32>(symbol) + 1);
}

/** Counts the literals from there to the end. */
function tally(end: usize): void {
  let at: usize = LITERALS;
  for (; at + 8 <= end; at += 8) {
    const eight = load<u64>(at);
    count(TALLIES + (<usize>(eight & 255) << 2));
    count(TALLIES + TALLY_BYTES + (<usize>((eight >> 8) & 255) << 2));
    count(TALLIES + 2 * TALLY_BYTES + (<usize>((eight >> 16) & 255) << 2));
    count(TALLIES + 3 * TALLY_BYTES + (<usize>((eight >> 24) & 255) << 2));
    count(TALLIES + (<usize>((eight >> 32) & 255) << 2));
    count(TALLIES + TALLY_BYTES + (<usize>((eight >> 40) & 255) << 2));
    count(TALLIES + 2 * TALLY_BYTES + (<usize>((eight >> 48) & 255) << 2));
    count(TALLIES + 3 * TALLY_BYTES + (<usize>(eight >> 56) << 2));
  }
  for (; at < end; at++) count(TALLIES + (<usize>load<u8>(at) << 2));
}

/** Copies literals in steps of sixteen bytes, some of them beyond the end. */
@inline
function copyLiterals(from: usize, end: usize, to: usize): void {
  v128.store(to, v128.load(from));
  for (let at: usize = 16; from + at < end; at += 16) v128.store(to + at, v128.load(from + at));
}

/**
 * Where the pieces end, and the literals. Pieces are literals and a match each; they and the counts of all symbols are the
 * input of the codes.
 */
export let piecesEnd: usize = 0;
export let literalsEnd: usize = 0;

/** Splits a part of the block into pieces. */
export function findPieces(from: usize, end: usize): void {
  memory.fill(TALLIES, 0, 4 * TALLY_BYTES);
  if (inBoth) search(from, end, true);
  else search(from, end, false);
  tally(literalsEnd);
  for (let at: usize = 0; at < TALLY_BYTES; at += 16) {
    const sum = i32x4.add(
      i32x4.add(v128.load(TALLIES + at), v128.load(TALLIES + TALLY_BYTES + at)),
      i32x4.add(v128.load(TALLIES + 2 * TALLY_BYTES + at), v128.load(TALLIES + 3 * TALLY_BYTES + at)),
    );
    v128.store(SYMBOLS + at, sum);
  }
}

/** Inlined twice, so that neither search asks which it is. */
@inline
function search(from: usize, end: usize, both: bool): void {
  let pieces: usize = PIECES;
  let literals: usize = LITERALS;
  /** Where the literals begin that are not copied yet. */
  let anchor = from;
  let at = from;
  while (at + 8 <= end) {
    const text = load<u64>(at);
    const noted = both ? shortPlace(text) : place(text);
    let before = <usize>load<u32>(noted);
    store<u32>(noted, <u32>at);
    if (both) {
      const longNoted = longPlace(text);
      const long = <usize>load<u32>(longNoted);
      store<u32>(longNoted, <u32>at);
      if (load<u64>(long) == text && <u32>(at - long) <= FARTHEST) before = long;
    }
    const distance = <u32>(at - before);
    const differing = text ^ load<u64>(before);
    // An address that was never noted is 0, and too far.
    if ((differing & SHORTEST) != 0 || distance > FARTHEST) {
      at += 1 + ((at - anchor) >> PATIENCE);
      continue;
    }
    const most = <u32>min<usize>(end - at, MOST_LENGTH);
    const length: u32 = differing != 0 ? <u32>(ctz(differing) >> 3) : lengthOf(at, before, most);
    copyLiterals(anchor, at, literals);
    const run = at - anchor;
    literals += run;
    const slot = distanceSlot(distance);
    count(SYMBOLS + (<usize>(FIRST_LENGTH + lengthSlot(length)) << 2));
    count(DISTANCES + (<usize>slot << 2));
    store<u32>(pieces, <u32>run | (slot << 24));
    store<u32>(pieces, length | (distance << 16), 4);
    pieces += 8;
    const next = at + length;
    if (next + 8 <= end) {
      note(at + 1, both);
      note(at + 2, both);
      note(next - 2, both);
      note(next - 1, both);
    }
    at = next;
    anchor = next;
  }
  memory.copy(literals, anchor, end - anchor);
  literalsEnd = literals + (end - anchor);
  piecesEnd = pieces;
}
