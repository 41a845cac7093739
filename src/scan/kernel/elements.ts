/** Scans entities in an array, and in a sequence. */
import { CLOSE_BRACE, COMMA, OPEN_BRACE, RECORD_SEPARATOR } from './ascii';
import { entityEnd, excerptTrusted } from './entity';
import { isFull } from './excerpt';
import { COMMA_DUE, ELEMENT_DUE, REPORT_DEPTH, REPORT_DUE } from './boundary';
import { complete, locateMembers } from './members';
import { addRow, hasRoom, nextRow, reportRows } from './rows';
import { skipNested } from './skip';
import { skipWhitespace } from './tokens';


/**
 * Adds the entities of an array from `pos`, where `due` is expected.
 * @param loose the values are a sequence: a comma between two may be missing, and each may have a record separator
 * @param checked whether a wanted member must not come twice in an entity
 * @returns where scanning stopped; the report has what is expected there. It stops at a token that is neither a complete
 *   entity nor the comma between two, if the rows are full, or at an entity with a fault, or a size above `maxBytes`,
 *   which the scalar scanner reports
 */
export function scanElements(pos: usize, end: usize, due: i32, loose: bool, checked: bool, maxDepth: i32, maxBytes: u32): usize {
  while (hasRoom()) {
    let at = skipWhitespace(pos, end);
    if (loose) while (at < end && load<u8>(at) == RECORD_SEPARATOR) at = skipWhitespace(at + 1, end);
    if (at >= end) break;
    if (due == COMMA_DUE) {
      if (load<u8>(at) == COMMA) {
        pos = at + 1;
        due = ELEMENT_DUE;
        continue;
      }
      if (!loose) break;
    }
    if (load<u8>(at) != OPEN_BRACE) break;
    const after = checked ? entityEnd(at, end, maxDepth, false) : trustedEnd(at, end, maxDepth);
    if (after == 0 || isFull || load<u8>(after - 1) != CLOSE_BRACE) break;
    if (u32(after - at) > maxBytes) break;
    addRow(at, after);
    pos = after;
    due = COMMA_DUE;
  }
  store<i32>(REPORT_DUE, due);
  reportRows();
  return pos;
}

/** The end of the element that opens at `start`; 0 if it does not end before `end`. */
function trustedEnd(start: usize, end: usize, maxDepth: i32): usize {
  const after = locateMembers(start, end, nextRow(), false);
  let next = after;
  if (after != 0 && !complete) {
    store<i32>(REPORT_DEPTH, 0);
    next = skipNested(after, end, 1, 0, maxDepth);
    if (load<i32>(REPORT_DEPTH) != 0) return 0;
  }
  if (next != 0) excerptTrusted(start, next);
  return next;
}
