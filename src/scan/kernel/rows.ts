/** The table of entities that a scan fills. */
import { REPORT_COVERS, REPORT_ROWS, ROW_BYTES, ROW_END, ROW_ORDINAL, ROW_START } from './boundary';
import { beginCounts, maySelect, reportCounts } from './selection';

let first: usize = 0;
let next: usize = 0;
let limit: usize = 0;
let covers: i32 = 0;

/** Begins a table at `at` with room for `capacity` rows; `ordinal` is that of the first record. */
export function beginRows(at: usize, capacity: i32, ordinal: i32): void {
  first = at;
  next = at;
  limit = at + usize(capacity) * ROW_BYTES;
  covers = ordinal;
  beginCounts();
}

export function hasRoom(): bool {
  return next < limit;
}

/** The next row, without spans. */
export function nextRow(): usize {
  const none = i32x4.splat(-1);
  v128.store(next, none, 0);
  v128.store(next, none, 16);
  return next;
}

/** Completes the next row, unless the selection drops its entity; counts the record either way. */
export function addRow(start: usize, end: usize): void {
  if (maySelect(next)) {
    store<u32>(next, u32(start), ROW_START);
    store<u32>(next, u32(end), ROW_END);
    store<i32>(next, covers, ROW_ORDINAL);
    next += ROW_BYTES;
  }
  covers++;
}

export function reportRows(): void {
  store<i32>(REPORT_ROWS, i32((next - first) / ROW_BYTES));
  store<i32>(REPORT_COVERS, covers);
  reportCounts();
}
