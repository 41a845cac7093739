/** How much text an entity is that came as an object, without writing it. */
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';

/** What a number, a boolean, or the marks around a value take. */
const OTHER_CHARACTERS = 8;

/**
 * About how many characters JSON would write.
 * @param most where counting ends: more than that is told as some more
 * @returns 0 for what is nested deeper than JSON is read, such as a cycle, of which others tell
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
