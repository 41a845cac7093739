/** Reads the rest of an entity, after the last wanted member. */
import * as ascii from './ascii.js';
import { newSkip, skipNested, skipWhitespace, stringEnd, stringEquals } from './bytes.js';
import type { WantedMember } from './members.js';
import { invalidJson, secondMember, type TextFault, tooDeep } from './text-faults.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CASE_BIT, CLOSE_BRACE, COLON, OPEN_BRACE, QUOTE } = ascii;

/**
 * Goes from the first level of an entity, at `pos`, to its end, by quotes and brackets only: these balance by count. A
 * string of the first level before a colon is a key, and must not be the key of a member that was found before.
 * @param found the wanted members
 * @returns the offset after the bracket that closes the entity, or the fault
 */
export function readRest(
  bytes: Buffer,
  pos: number,
  end: number,
  maxDepth: number,
  found: readonly WantedMember[],
): number | TextFault {
  while (pos < end) {
    const byte = bytes[pos];
    if (byte === QUOTE || (byte | CASE_BIT) === OPEN_BRACE) {
      const skip = newSkip(maxDepth - 1);
      const start = pos;
      pos = skipNested(bytes, pos, end, skip);
      if (skip.tooDeep) return tooDeep(pos - 1, maxDepth);
      if (skip.depth > 0 || skip.inString) break;
      const isKey = byte === QUOTE && isColon(bytes, pos, end) && stringEnd(bytes, start, pos) === pos;
      for (const { name, bytes: nameBytes } of isKey ? found : []) {
        if (stringEquals(bytes, start, pos, name, nameBytes)) return secondMember(name, start);
      }
      continue;
    }
    pos++;
    if ((byte | CASE_BIT) === CLOSE_BRACE) return pos;
  }
  return invalidJson(end, 'the text ends inside the entity');
}

/** Whether the next token is a colon. */
function isColon(bytes: Buffer, pos: number, end: number): boolean {
  const at = skipWhitespace(bytes, pos, end);
  return at < end && bytes[at] === COLON;
}
