/** Entities one per line. */
import { CLOSE_BRACE, OPEN_BRACE } from './ascii';
import { REPORT_LINES } from './layout';
import { complete, locateMembers } from './members';
import { restEnd } from './rest';
import { addRow, hasRoom, nextRow, reportRows } from './rows';
import { isWhitespace } from './tokens';

/**
 * Adds the entities of whole lines from `pos`, which is the start of a line.
 * @param checked a line must be one entity: quotes and brackets balance to its end, and no member that was asked for
 *   comes twice
 * @returns the start of the first line that is left: cut by `end`, beyond the room for rows, or one whose fault, or
 *   whose size above `maxBytes`, is for the scalar reader to tell
 */
export function scanLines(pos: usize, end: usize, checked: bool, maxDepth: i32, maxBytes: u32): usize {
  let passed: i32 = 0;
  while (hasRoom()) {
    const lineEnd = newlineFrom(pos, end);
    if (lineEnd == 0 || u32(lineEnd - pos) > maxBytes) break;
    let start = pos;
    while (start < lineEnd && isWhitespace(load<u8>(start))) start++;
    if (start < lineEnd) {
      let entityEnd = lineEnd;
      while (isWhitespace(load<u8>(entityEnd - 1))) entityEnd--;
      if (load<u8>(start) != OPEN_BRACE) break;
      if (checked && load<u8>(entityEnd - 1) != CLOSE_BRACE) break;
      let behind = locateMembers(start, entityEnd, nextRow(), checked);
      if (behind == 0) break;
      if (checked) {
        if (!complete) behind = restEnd(behind, entityEnd, maxDepth);
        if (behind != entityEnd) break;
      }
      addRow(start, entityEnd);
    }
    pos = lineEnd + 1;
    passed++;
  }
  store<i32>(REPORT_LINES, passed);
  reportRows();
  return pos;
}

/** The address of the first newline; 0 where there is none before `end`. */
function newlineFrom(pos: usize, end: usize): usize {
  const newline = i8x16.splat(0x0a);
  for (; pos < end; pos += 64) {
    const a = i8x16.eq(v128.load(pos, 0), newline);
    const b = i8x16.eq(v128.load(pos, 16), newline);
    const c = i8x16.eq(v128.load(pos, 32), newline);
    const d = i8x16.eq(v128.load(pos, 48), newline);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = i8x16.bitmask(a) | (i8x16.bitmask(b) << 16);
      const high = i8x16.bitmask(c) | (i8x16.bitmask(d) << 16);
      const found = pos + usize(low != 0 ? ctz(low) : 32 + ctz(high));
      return found < end ? found : 0;
    }
  }
  return 0;
}

/** How many newlines stand in `[pos, end)`. */
export function countNewlines(pos: usize, end: usize): i32 {
  const newline = i8x16.splat(0x0a);
  let count: i32 = 0;
  while (pos + 64 <= end) {
    // A byte of the sums holds as much as comes in 63 blocks.
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
