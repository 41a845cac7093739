/** Estimates the length of an object's JSON without writing it. */
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';

/** Characters of a number, a boolean, or the punctuation around a value. */
const OTHER_CHARACTERS = 8;

/**
 * The approximate number of characters that JSON would write.
 * @param most counting ends beyond this number
 * @returns 0 for a value that is nested too deeply, such as a cycle, which the encoder refuses
 */
export function sizeOfObject(value: unknown, most: number): number {
  const counted = count(value, { left: most }, 0);
  return Number.isNaN(counted) ? 0 : counted;
}

/** NaN where the value is too deep. */
function count(value: unknown, room: { left: number }, depth: number): number {
  if (depth > DEFAULT_MAX_DEPTH) return Number.NaN;
  let size = typeof value === 'string' ? value.length : OTHER_CHARACTERS;
  room.left -= size;
  if (typeof value !== 'object' || value === null) return size;
  for (const [key, member] of Object.entries(value)) {
    if (room.left < 0 || Number.isNaN(size)) return size;
    room.left -= key.length;
    size += key.length + count(member, room, depth + 1);
  }
  return size;
}
