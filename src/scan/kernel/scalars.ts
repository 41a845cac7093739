/** Checks numbers and words: those of a block at once where they are decimals, else one by one. */
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA } from './ascii';
import { isWhitespace, scalarEnd } from './tokens';

/** Whether the number or word at `pos` is valid, up to a byte that may follow it. */
export function isScalar(pos: usize, end: usize): bool {
  const after = scalarEnd(pos, end);
  if (after == 0) return false;
  const next = i32(load<u8>(after));
  return next == COMMA || next == CLOSE_BRACE || next == CLOSE_BRACKET || isWhitespace(next);
}

/** Whether the numbers and words of the block at `pos` that begin at these bits are valid. */
export function areScalars(pos: usize, end: usize, starts: u64): bool {
  for (; starts != 0; starts &= starts - 1) if (!isScalar(pos + usize(ctz(starts)), end)) return false;
  return true;
}

/**
 * Whether the numbers of a block are digits with a fraction at most, and begin and end in it; false is not a verdict.
 * @param others what is in numbers beside digits
 * @param zeros those that a number begins with
 */
@inline
export function areDecimals(others: u64, digits: u64, dots: u64, zeros: u64): bool {
  const fractions = dots << 1;
  const unknown = (others & ~dots) | ((dots | zeros) >> 63) | (dots & 1);
  // A dot is between digits, and no second one follows the digits; no digit follows a zero.
  const faults = (dots & ~(digits << 1)) | (fractions & ~digits) | ((fractions + digits) & dots) | ((zeros << 1) & digits);
  return (unknown | faults) == 0;
}
