/** The table of entities that a scan fills. */
import { REPORT_COVERS, REPORT_EXCERPT_BYTES, REPORT_FULL, REPORT_ROWS, REPORT_VERIFIED, ROW_BYTES, ROW_END, ROW_ORDINAL, ROW_START } from './boundary';
import { addExcerpt, clearExcerpts, excerptBytes, isFull } from './excerpt';
import { beginCounts, countLeftOut, maySelect, reportCounts } from './selection';

let first: usize = 0;
let next: usize = 0;
let limit: usize = 0;
let covers: i32 = 0;
/** Rows whose entities are valid by the full grammar. */
let verified: i32 = 0;
/** Whether the next row may be wanted, once it was asked; and whether its entity was verified. */
let asked: bool = false;
let wanted: bool = false;
let isVerified: bool = false;

/** Begins a table at `at` with room for `capacity` rows; `ordinal` is that of the first record. */
export function beginRows(at: usize, capacity: i32, ordinal: i32): void {
  first = at;
  next = at;
  limit = at + usize(capacity) * ROW_BYTES;
  covers = ordinal;
  verified = 0;
  beginCounts();
  clearExcerpts();
}

export function hasRoom(): bool {
  return next < limit && !isFull;
}

/** The next row, without spans. */
export function nextRow(): usize {
  asked = false;
  isVerified = false;
  const none = i32x4.splat(-1);
  v128.store(next, none, 0);
  v128.store(next, none, 16);
  return next;
}

/** Whether the selection may want the next row, whose deciding span is there. */
export function isWanted(): bool {
  if (!asked) wanted = maySelect(next);
  asked = true;
  return wanted;
}

/** The entity of the next row is valid by the full grammar. */
export function markVerified(): void {
  isVerified = true;
}

/** Completes the next row, unless the selection drops its entity; counts the record either way. */
export function addRow(start: usize, end: usize): void {
  if (isWanted()) {
    store<u32>(next, u32(start), ROW_START);
    store<u32>(next, u32(end), ROW_END);
    store<i32>(next, covers, ROW_ORDINAL);
    next += ROW_BYTES;
    addExcerpt(isVerified);
    if (isVerified) verified++;
  } else {
    countLeftOut();
  }
  covers++;
}

export function reportRows(): void {
  store<i32>(REPORT_ROWS, i32((next - first) / ROW_BYTES));
  store<i32>(REPORT_COVERS, covers);
  store<i32>(REPORT_VERIFIED, verified);
  store<i32>(REPORT_EXCERPT_BYTES, excerptBytes());
  store<i32>(REPORT_FULL, i32(!hasRoom()));
  reportCounts();
}
