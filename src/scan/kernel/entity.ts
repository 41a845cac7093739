/** Reads an entity of checked input: the wanted members by the grammar, the rest by its quotes and brackets, or all of it. */
import { checkedEnd } from './check';
import { REPORT_EXCERPT_BYTES } from './boundary';
import { clearExcerpts, closeExcerpt, excerptBytes, hasExcerpts, openExcerpt } from './excerpt';
import { complete, locateInBlock, locateMembers } from './members';
import { restEnd } from './rest';
import { isWanted, markVerified, nextRow } from './rows';
import { isWhitespace, newlineFrom } from './tokens';

/** Whether wanted entities are checked by the full grammar as they are read. */
let verifies: bool = false;

/** Sets that. */
export function beginVerify(on: bool): void {
  verifies = on;
}

/**
 * Writes the spans of the wanted members of the entity that opens at `start` into the next row.
 * @param inLine the entity must end before the next newline, and that before `end`
 * @returns the address after the bracket that closes the entity; 0 if it does not end before `end`, has a wanted member
 *   twice, or only the scalar scanner can decide
 */
export function entityEnd(start: usize, end: usize, maxDepth: i32, inLine: bool): usize {
  let after = locateInBlock(start, end, nextRow());
  let isComplete = false;
  if (after == 0) {
    // Reading must not pass the end of the line: input full of faults would be read again and again.
    if (inLine) end = newlineFrom(start, end);
    if (end == 0) return 0;
    after = locateMembers(start, end, nextRow(), true);
    if (after == 0) return 0;
    isComplete = complete;
  }
  // An entity that is valid needs no search for its end.
  const checked = verifies && isWanted() ? verify(start, end, inLine, false) : 0;
  if (checked != 0) return checked;
  return isComplete ? after : restEnd(after, end, maxDepth, inLine);
}

/** The address after the last byte before `end` that is not white space. */
@inline
export function withoutSpace(end: usize): usize {
  while (isWhitespace(load<u8>(end - 1))) end--;
  return end;
}

/** Writes the excerpt of the trusted entity of the next row. */
export function excerptTrusted(start: usize, end: usize): void {
  if (hasExcerpts() && isWanted()) verifyAll(start, end);
}

/** Checks an entity that was scanned before by the full grammar; its excerpt is the first one. */
export function verifyEntity(start: usize, end: usize): bool {
  clearExcerpts();
  const isValid = verifyAll(start, end);
  store<i32>(REPORT_EXCERPT_BYTES, excerptBytes());
  return isValid;
}

/** Whether `[start, end)` is valid by the full grammar, and the excerpt of the next row is complete. */
function verifyAll(start: usize, end: usize): bool {
  return verify(start, end, false, true) != 0;
}

/**
 * Checks the entity that opens at `start` by the full grammar, and writes its excerpt.
 * @param isAll whether it must end at `end`
 * @returns the address after it; 0 if it is not known to be valid, or its excerpt is not complete
 */
function verify(start: usize, end: usize, inLine: bool, isAll: bool): usize {
  openExcerpt();
  const after = checkedEnd(start, end, inLine);
  const isValid = after > 1 && (!isAll || after == end);
  closeExcerpt(isValid);
  if (isValid) markVerified();
  return isValid ? after : 0;
}
