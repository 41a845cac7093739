/** Entities in an array. */
import { CLOSE_BRACE, COMMA, OPEN_BRACE } from './ascii';
import { REPORT_DEPTH, REPORT_DUE } from './layout';
import { complete, locateMembers } from './members';
import { restEnd } from './rest';
import { addRow, hasRoom, nextRow, reportRows } from './rows';
import { skipNested } from './skip';
import { skipWhitespace } from './tokens';

/** What may be due: an element, or the comma in front of it. */
const ELEMENT: i32 = 0;
const ELEMENT_COMMA: i32 = 1;

/**
 * Adds the entities of an array from `pos`, where the thing `due` is due.
 * @param checked no member that was asked for comes twice in an entity
 * @returns where scanning stopped, and in the report what is due there: at the first thing that is neither a whole
 *   entity nor the comma between two, beyond the room for rows, or at an entity whose fault, or whose size above
 *   `maxBytes`, is for the scalar reader to tell
 */
export function scanElements(pos: usize, end: usize, due: i32, checked: bool, maxDepth: i32, maxBytes: u32): usize {
  while (hasRoom()) {
    const at = skipWhitespace(pos, end);
    if (at >= end) break;
    if (due == ELEMENT_COMMA) {
      if (load<u8>(at) != COMMA) break;
      pos = at + 1;
      due = ELEMENT;
      continue;
    }
    if (load<u8>(at) != OPEN_BRACE) break;
    let behind = locateMembers(at, end, nextRow(), checked);
    if (behind == 0) break;
    if (!complete && checked) {
      behind = restEnd(behind, end, maxDepth);
      if (behind == 0 || load<u8>(behind - 1) != CLOSE_BRACE) break;
    } else if (!complete) {
      store<i32>(REPORT_DEPTH, 0);
      behind = skipNested(behind, end, 1, 0, maxDepth);
      if (behind == 0 || load<i32>(REPORT_DEPTH) != 0 || load<u8>(behind - 1) != CLOSE_BRACE) break;
    }
    if (u32(behind - at) > maxBytes) break;
    addRow(at, behind);
    pos = behind;
    due = ELEMENT_COMMA;
  }
  store<i32>(REPORT_DUE, due);
  reportRows();
  return pos;
}
