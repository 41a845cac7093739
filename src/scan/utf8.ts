/** Validates UTF-8 chunk by chunk. */
import { isUtf8 } from 'node:buffer';

/**
 * Finds how far `[start, end)` is valid UTF-8.
 * @param last whether no bytes follow, so that a cut sequence at the end is a fault
 * @returns `valid`: the offset after the last complete sequence; `bad`: the offset of the first byte that cannot be
 *   part of valid text, or -1
 */
export function validateUtf8(bytes: Buffer, start: number, end: number, last: boolean): { valid: number; bad: number } {
  const complete = last ? end : end - cutSequence(bytes, start, end);
  if (isUtf8(bytes.subarray(start, complete))) return { valid: complete, bad: -1 };
  // Halve the range while keeping "all before `low` is valid": the fault lies in [low, high).
  let low = start;
  let high = complete;
  while (high - low > 4) {
    const middle = low + ((high - low) >> 1);
    const cut = middle - cutSequence(bytes, low, middle);
    if (cut > low && isUtf8(bytes.subarray(low, cut))) low = cut;
    else if (cut === low) break;
    else high = middle;
  }
  while (low < complete) {
    const length = sequenceLength(bytes[low]);
    if (length === 0 || !isUtf8(bytes.subarray(low, Math.min(low + length, complete)))) break;
    low += length;
  }
  return { valid: low, bad: low };
}

/** The number of bytes at the end of `[start, end)` that begin an incomplete sequence. */
function cutSequence(bytes: Buffer, start: number, end: number): number {
  for (let back = 1; back <= 3 && end - back >= start; back++) {
    const byte = bytes[end - back];
    if (byte >= 0x80 && byte < 0xc0) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** The length of a sequence by its first byte; 0 for a byte that cannot be first. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}
