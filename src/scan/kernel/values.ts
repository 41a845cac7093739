/** Finds the ends of values, and copies texts. */
import { CASE_BIT, OPEN_BRACE, QUOTE } from './ascii';
import { nestedEnd } from './skip';
import { plainEnd, scalarEnd, stringEnd } from './tokens';

/** The address after the value at `pos`, whose first byte is given; 0 if it is faulty, or has too many brackets open. */
@inline
export function valueEnd(pos: usize, end: usize, byte: i32, maxDepth: i32): usize {
  if (byte == QUOTE) {
    const after = plainEnd(pos, end);
    return after != 0 ? after : stringEnd(pos, end);
  }
  if ((byte | CASE_BIT) == OPEN_BRACE) return nestedEnd(pos, end, maxDepth);
  return scalarEnd(pos, end);
}

/** Up to here vectors copy faster than a call; they write up to 15 bytes more, which the next output replaces. */
const SHORT: usize = 64;

/** Copies `[from, end)`; returns the address after the copy. */
@inline
export function copyTo(out: usize, from: usize, end: usize): usize {
  const length = end - from;
  if (length > SHORT) {
    memory.copy(out, from, length);
  } else {
    for (let at: usize = 0; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  }
  return out + length;
}
