/** The rest of an entity, behind the last member that was asked for. */
import * as ascii from './ascii.js';
import { newSkip, skipNested, skipWhitespace, stringEnd, stringEquals } from './bytes.js';
import { secondMember, type TextFault, tooDeep, type WantedMember } from './members.js';

// V8 folds a module's own constants into its code; imported and exported ones it loads from memory at each use.
const { CASE_BIT, CLOSE_BRACE, COLON, OPEN_BRACE, QUOTE } = ascii;

/**
 * Goes from the first level of an entity, at `pos`, to its end, by quotes and brackets alone: these balance by count. A
 * string of the first level that a colon follows is a key, and must not name a member that was found before.
 * @param found the members that were asked for
 * @returns the offset behind the bracket that closes the entity, or the fault
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
  return { code: 'INVALID_JSON', at: end, message: 'the text ends inside the entity' };
}

/** Whether a colon is what comes next. */
function isColon(bytes: Buffer, pos: number, end: number): boolean {
  const at = skipWhitespace(bytes, pos, end);
  return at < end && bytes[at] === COLON;
}
