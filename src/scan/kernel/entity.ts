/** Reads an entity of checked input: the wanted members by the grammar, the rest by its quotes and brackets. */
import { complete, locateInBlock, locateMembers } from './members';
import { restEnd } from './rest';
import { nextRow } from './rows';
import { newlineFrom } from './tokens';

/**
 * Writes the spans of the wanted members of the entity that opens at `start` into the next row.
 * @param inLine the entity must end before the next newline, and that before `end`
 * @returns the address after the bracket that closes the entity; 0 if it does not end before `end`, has a wanted member
 *   twice, or only the scalar scanner can decide
 */
export function entityEnd(start: usize, end: usize, maxDepth: i32, inLine: bool): usize {
  let after = locateInBlock(start, end, nextRow());
  if (after == 0) {
    // Reading must not pass the end of the line: input full of faults would be read again and again.
    if (inLine) end = newlineFrom(start, end);
    if (end == 0) return 0;
    after = locateMembers(start, end, nextRow(), true);
    if (after == 0 || complete) return after;
  }
  return restEnd(after, end, maxDepth, inLine);
}
