/** Notes keys of the first level: of members that an entity must not have twice, and of those that its excerpt has. */
import { QUOTE } from './ascii';
import { lowest } from './blocks';
import { EXCERPT_SPANS } from './boundary';
import { excerptMember, excerptValue } from './excerpt';
import { NOTED } from './layout';
import { columnOf, isName, nameLength, setMember, WANTED_BYTES } from './members';

/** The address after the last noted member. */
let notedEnd: usize = NOTED;
/** The bits of how their names begin: most other keys begin otherwise, and need no comparison. */
let beginnings: u64 = 0;
/** Members of excerpts. */
let excerpted: i32 = 0;
/** The columns of members are offsets of their spans in the record of an excerpt, or 0, and this bit for unique ones. */
const UNIQUE: usize = 1;
/** Bits of the noted members that the current entity has. */
let seen: u32 = 0;

/** Clears the noted members. */
export function clearNoted(): void {
  notedEnd = NOTED;
  beginnings = 0;
  excerpted = 0;
}

/** Refuses entities with a second member of the name at `name`. */
export function addUnique(name: usize, length: usize): void {
  addNoted(name, length, UNIQUE);
}

/** Takes members of the name at `name` into excerpts. */
export function addExcerpted(name: usize, length: usize): void {
  const column = EXCERPT_SPANS + usize(excerpted++) * 8;
  for (let member = NOTED; member < notedEnd; member += WANTED_BYTES) {
    if (nameLength(member) != u64(length) || !isName(member, name)) continue;
    setMember(member, name, length, column | UNIQUE);
    return;
  }
  addNoted(name, length, column);
}

function addNoted(name: usize, length: usize, column: usize): void {
  // A quote in a key is escaped, and a key with an escape is left to the scalar checker.
  for (let at: usize = 0; at < length; at++) if (load<u8>(name + at) == QUOTE) return;
  setMember(notedEnd, name, length, column);
  notedEnd += WANTED_BYTES;
  // A quote follows a name of one character; after an empty one anything can come.
  if (length == 0) beginnings = u64.MAX_VALUE;
  else beginnings |= <u64>1 << u64(length == 1 ? hashOf(u32(load<u8>(name)) | (QUOTE << 8)) : hashAt(name));
}

/** A hash of two bytes, of which the lowest six bits count. */
@inline
function hashOf(bytes: u32): u32 {
  return bytes ^ (bytes >> 5);
}

@inline
function hashAt(pos: usize): u32 {
  return hashOf(u32(load<u16>(pos)));
}

/** Begins an entity. */
export function beginKeys(): void {
  seen = 0;
}

/**
 * Notes the keys of the first level that begin at these bits of the block at `pos`, which begins at this depth.
 * @returns false for a second one of a unique member, and for a faulty member of an excerpt
 */
@inline
export function noteKeys(pos: usize, starts: u64, depth: i32, opens: u64, closes: u64, end: usize): bool {
  for (; starts != 0; starts &= starts - 1) {
    const key = pos + usize(ctz(starts));
    if (((beginnings >> u64(hashAt(key + 1))) & 1) == 0 || !isOnFirst(lowest(starts), depth, opens, closes)) continue;
    if (!noteKey(key, end)) return false;
  }
  return true;
}

/** Whether one of these bytes of a block that begins at this depth is on the first level. */
export function hasOnFirst(bits: u64, depth: i32, opens: u64, closes: u64): bool {
  for (; bits != 0; bits &= bits - 1) if (isOnFirst(lowest(bits), depth, opens, closes)) return true;
  return false;
}

@inline
function isOnFirst(one: u64, depth: i32, opens: u64, closes: u64): bool {
  return depth + i32(popcnt(opens & (one - 1))) - i32(popcnt(closes & (one - 1))) == 1;
}

/** Notes the key whose opening quote is at `open`, if it is that of a noted member; their names have no quotes. */
function noteKey(open: usize, end: usize): bool {
  const member = notedMember(open);
  return member == 0 || noteMember(member, open, end);
}

/** The noted member with the key whose opening quote is at `open`, or 0. */
export function notedMember(open: usize): usize {
  for (let member = NOTED; member < notedEnd; member += WANTED_BYTES) {
    if (load<u8>(open + usize(nameLength(member)) + 1) == QUOTE && isName(member, open + 1)) return member;
  }
  return 0;
}

/**
 * Notes a member of the first level whose key opens at `open`.
 * @returns false if it is a second one of a unique member, or a faulty member of an excerpt
 */
export function noteMember(member: usize, open: usize, end: usize): bool {
  if (!isNew(member)) return false;
  const column = columnOf(member);
  return column <= UNIQUE || excerptMember(open, keyEndOf(member, open), end, column & ~UNIQUE);
}

/** The same where the value is known to be `[value, after)`. */
export function noteValue(member: usize, open: usize, value: usize, after: usize): bool {
  if (!isNew(member)) return false;
  const column = columnOf(member);
  if (column > UNIQUE) excerptValue(open, keyEndOf(member, open), value, after, column & ~UNIQUE);
  return true;
}

/** Marks the member as seen; false if it is unique and was seen before. */
@inline
function isNew(member: usize): bool {
  const bit: u32 = 1 << u32((member - NOTED) / WANTED_BYTES);
  if ((seen & bit) != 0 && (columnOf(member) & UNIQUE) != 0) return false;
  seen |= bit;
  return true;
}

/** The address after the key. */
@inline
function keyEndOf(member: usize, open: usize): usize {
  return open + usize(nameLength(member)) + 2;
}
