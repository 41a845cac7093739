/** Records that are `null`: tombstones, in which a later step finds no entity. */
import { LETTER_N } from './ascii.js';
import type { ScanState } from './walk.js';

const NULL = Buffer.from('null');

export const NULL_LENGTH = NULL.length;

/**
 * Adds the row of a `null` that may be a record.
 * @returns the offset after it; the complement of `pos` if bytes are missing; undefined if it is none
 */
export function takeNull(state: ScanState, pos: number): number | undefined {
  const { options, window, readable, rows } = state;
  if (!options.mayBeNull || window.bytes[pos] !== LETTER_N) return undefined;
  const end = pos + NULL_LENGTH;
  // The byte after it shows where the word ends.
  const isAll = end < readable || state.last || state.bad >= 0;
  const found = window.bytes.subarray(pos, Math.min(end, readable));
  if (!isAll && NULL.subarray(0, found.length).equals(found)) return ~pos;
  if (!found.equals(NULL) || (end < readable && isWordByte(window.bytes[end]))) return undefined;
  rows.addBare(pos, end, state.covers);
  state.covers++;
  return end;
}

/** Whether a byte goes on with a word. */
function isWordByte(byte: number): boolean {
  return /\w/.test(String.fromCharCode(byte));
}
