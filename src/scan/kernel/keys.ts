/** Notes keys of the first level: of members that an entity must not have twice, and of those that its excerpt has. */
import { lowest } from './blocks';
import { EXCERPT_SPANS } from './boundary';
import { excerptMember } from './excerpt';
import { LENGTHS, NOTED } from './layout';
import { columnOf, isName, nameLength, setMember, WANTED_BYTES } from './members';
import { hasBackslash, stringEnd } from './tokens';

/** The addresses after the last noted member, and after the last length of a name, which is stored one greater. */
let notedEnd: usize = NOTED;
let lengthsEnd: usize = LENGTHS;
/** Members of excerpts. */
let excerpted: i32 = 0;
/** The columns of members are offsets of their spans in the record of an excerpt, or 0, and this bit for unique ones. */
const UNIQUE: usize = 1;
/** Bits of the noted members that the current entity has. */
let seen: u32 = 0;

/** Clears the noted members. */
export function clearNoted(): void {
  notedEnd = NOTED;
  lengthsEnd = LENGTHS;
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
  setMember(notedEnd, name, length, column);
  notedEnd += WANTED_BYTES;
  for (let at = LENGTHS; at < lengthsEnd; at += 8) if (load<u64>(at) == u64(length) + 1) return;
  store<u64>(lengthsEnd, u64(length) + 1);
  lengthsEnd += 8;
}

/** Begins an entity. */
export function beginKeys(): void {
  seen = 0;
}

/**
 * Notes the keys of the first level in the block at `pos`.
 * @param starts the quotes that open them
 * @param ends the quotes that close keys of any level
 * @returns false for a second one of a unique member, for a key with an escape that leaves the block, and for a faulty
 *   member of an excerpt
 */
export function noteKeys(pos: usize, starts: u64, ends: u64, end: usize): bool {
  let alike: u64 = 0;
  for (let at = LENGTHS; at < lengthsEnd; at += 8) alike |= (starts << load<u64>(at)) & ends;
  for (; alike != 0; alike &= alike - 1) {
    const start = 63 - clz(starts & (lowest(alike) - 1));
    if (!noteKey(pos + usize(start), pos + usize(ctz(alike)), end)) return false;
  }
  if (starts < ends) return true;
  // The last one is cut by the end of the block.
  const key = pos + usize(63 - clz(starts));
  const after = stringEnd(key, end);
  return after != 0 && !hasBackslash(key, after) && noteKey(key, after - 1, end);
}

/** Notes the key between the quotes at two addresses. */
function noteKey(open: usize, close: usize, end: usize): bool {
  const length = u64(close - open - 1);
  for (let member = NOTED; member < notedEnd; member += WANTED_BYTES) {
    if (nameLength(member) != length || !isName(member, open + 1)) continue;
    const bit: u32 = 1 << u32((member - NOTED) / WANTED_BYTES);
    const column = columnOf(member);
    if ((seen & bit) != 0 && (column & UNIQUE) != 0) return false;
    seen |= bit;
    return column <= UNIQUE || excerptMember(open, close + 1, end, column & ~UNIQUE);
  }
  return true;
}
