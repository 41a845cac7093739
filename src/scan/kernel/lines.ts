/** Scans entities, one per line. */
import { CLOSE_BRACE, NEWLINE, OPEN_BRACE } from './ascii';
import { NEWLINES } from './blocks';
import { entityEnd, excerptTrusted, withoutSpace } from './entity';
import { isFull } from './excerpt';
import { REPORT_LINES } from './boundary';
import { locateMembers } from './members';
import { addRow, hasRoom, nextRow, reportRows } from './rows';
import { isWhitespace, newlineFrom } from './tokens';

/**
 * Adds the entities of complete lines from `pos`, which is the start of a line.
 * @param checked whether a line must be one entity: quotes and brackets balance to its end, and no wanted member comes
 *   twice
 * @returns the start of the first remaining line: one that is cut by `end`, one for which the rows have no room, or one
 *   with a fault, or a size above `maxBytes`, which the scalar scanner reports
 */
export function scanLines(pos: usize, end: usize, checked: bool, maxDepth: i32, maxBytes: u32): usize {
  let passed: i32 = 0;
  while (hasRoom()) {
    const start = skipBlanks(pos, end);
    if (start >= end) break;
    let lineEnd = start;
    if (load<u8>(start) != NEWLINE) {
      if (load<u8>(start) != OPEN_BRACE) break;
      const after = checked ? entityEnd(start, end, maxDepth, true) : trustedEnd(start, end);
      if (after == 0 || isFull || (checked && load<u8>(after - 1) != CLOSE_BRACE)) break;
      lineEnd = skipBlanks(after, end);
      if (lineEnd >= end || load<u8>(lineEnd) != NEWLINE || u32(lineEnd - pos) > maxBytes) break;
      addRow(start, after);
    } else if (u32(lineEnd - pos) > maxBytes) {
      break;
    }
    pos = lineEnd + 1;
    passed++;
  }
  store<i32>(REPORT_LINES, passed);
  reportRows();
  return pos;
}

/** The end of the line that opens at `start`, without its white space; 0 if only the scalar scanner can decide. */
function trustedEnd(start: usize, end: usize): usize {
  const newline = newlineFrom(start, end);
  if (newline == 0) return 0;
  const after = withoutSpace(newline);
  if (locateMembers(start, after, nextRow(), false) == 0) return 0;
  excerptTrusted(start, after);
  return after;
}

/** The first address from `pos` that is not white space within a line, or `end`. */
function skipBlanks(pos: usize, end: usize): usize {
  while (pos < end && load<u8>(pos) != NEWLINE && isWhitespace(load<u8>(pos))) pos++;
  return pos;
}

/** The number of newlines in `[pos, end)`. */
export function countNewlines(pos: usize, end: usize): i32 {
  const newline = v128.load(NEWLINES);
  let count: i32 = 0;
  while (pos + 64 <= end) {
    // A byte of the sums can count 63 blocks.
    const stop = min(end, pos + 63 * 64);
    let sums = i8x16.splat(0);
    for (; pos + 64 <= stop; pos += 64) {
      const ab = i8x16.add(i8x16.eq(v128.load(pos, 0), newline), i8x16.eq(v128.load(pos, 16), newline));
      const cd = i8x16.add(i8x16.eq(v128.load(pos, 32), newline), i8x16.eq(v128.load(pos, 48), newline));
      sums = i8x16.sub(sums, i8x16.add(ab, cd));
    }
    const fours = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(sums));
    count += i32x4.extract_lane(fours, 0) + i32x4.extract_lane(fours, 1);
    count += i32x4.extract_lane(fours, 2) + i32x4.extract_lane(fours, 3);
  }
  for (; pos < end; pos++) count += i32(load<u8>(pos) == 0x0a);
  return count;
}
