/** Reading an entity of checked input: what was asked for by the grammar, and the rest by its quotes and brackets. */
import { complete, locateInBlock, locateMembers } from './members';
import { restEnd } from './rest';
import { nextRow } from './rows';
import { newlineFrom } from './tokens';

/**
 * Writes the spans of the wanted members of the entity that opens at `start` into the next row.
 * @param inLine the entity must end before the next newline, and that before `end`
 * @returns the address behind the bracket that closes the entity; 0 where it does not end before `end`, bears a wanted member twice, or is for
 *   the scalar reader to tell
 */
export function entityEnd(start: usize, end: usize, maxDepth: i32, inLine: bool): usize {
  let behind = locateInBlock(start, end, nextRow());
  if (behind == 0) {
    // What may span lines must not be followed beyond its own: input that is all faults would be read again and again.
    if (inLine) end = newlineFrom(start, end);
    if (end == 0) return 0;
    behind = locateMembers(start, end, nextRow(), true);
    if (behind == 0 || complete) return behind;
  }
  return restEnd(behind, end, maxDepth, inLine);
}
