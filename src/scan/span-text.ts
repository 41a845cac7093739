/** The text of a string or a number that is known by its place in JSON text. */
import { MINUS, NINE, QUOTE, ZERO } from './ascii.js';
import { decodeString } from './bytes.js';

/** The decoded text of the string at `[start, end)`, or the digits of a number; undefined for other values. */
export function spanText(bytes: Buffer, start: number, end: number): string | undefined {
  const first = bytes[start];
  if (first === QUOTE) return decodeString(bytes, start, end);
  const isNumber = first === MINUS || (first >= ZERO && first <= NINE);
  return isNumber ? bytes.toString('latin1', start, end) : undefined;
}
