/** Sort keys: texts of characters up to U+00FF that sort as their values do, also when several keys are joined. */
import { parseDate, parseDateTime } from './date-time.js';
import { parseDecimal } from './decimal.js';
import { foldedPieces, PIECE_CHARACTERS } from './fold-in-steps.js';
import { fold, isAscii } from './words.js';

/** The key of what has no value: behind all keys of values, in either direction. */
export const NO_VALUE = '\x02';

/** Begins the key of a value. */
const VALUE = '\x01';

/** Ends digits and texts: it is below all of their characters. */
const END = '\0';

/** Makes the key of a value in ascending order; undefined for text that is no such value. */
export type OrderKey = (text: string) => string | undefined;

/** Numbers by their size, with all their digits. */
export const numberKey: OrderKey = (text) => {
  const decimal = parseDecimal(text.trim());
  if (!decimal) return undefined;
  if (decimal.sign === 0) return '\x02';
  const magnitude = wholeKey(decimal.point) + decimal.digits + END;
  return decimal.sign > 0 ? `\x03${magnitude}` : `\x01${inverted(magnitude)}`;
};

/** Instants of date-times. */
export const instantKey: OrderKey = (text) => {
  const instant = parseDateTime(text);
  return instant === undefined ? undefined : wholeKey(instant);
};

/** Days of dates and date-times, as they are written. */
export const dateKey: OrderKey = (text) => {
  const date = parseDate(text);
  return date === undefined ? undefined : wholeKey(date);
};

/** False before true. */
export const booleanKey: OrderKey = (text) => {
  const folded = text.toLowerCase();
  return folded === 'true' ? '\x02' : folded === 'false' ? '\x01' : undefined;
};

/** Texts by their code points, their case ignored. */
export const textKey: OrderKey = (text) => keyBytes(fold(text)) + END;

/** The same in steps, for a long text. */
export function* textKeyInSteps(text: string, size?: number): Generator<void, string> {
  const pieces: string[] = [];
  for (const piece of foldedPieces(text, size)) {
    pieces.push(keyBytes(piece));
    yield;
  }
  return pieces.join('') + END;
}

/** The bytes of a folded text, or of a piece of one. The end of a text must be below everything in it. */
function keyBytes(folded: string): string {
  const bytes = isAscii(folded) ? folded : Buffer.from(folded).toString('latin1');
  return bytes.replaceAll('\x01', '\x01\x02').replaceAll(END, '\x01\x01');
}

/** The key of a value that is to be sorted by: that of a present value, in one of the directions. */
export function directed(key: string, isDescending: boolean): string {
  return VALUE + (isDescending ? inverted(key) : key);
}

/** The same in steps, for a long key. */
export function* directedInSteps(key: string, isDescending: boolean, size = PIECE_CHARACTERS): Generator<void, string> {
  if (!isDescending) return directed(key, false);
  const pieces: string[] = [];
  for (let from = 0; from < key.length; from += size) {
    pieces.push(inverted(key.slice(from, from + size)));
    yield;
  }
  return VALUE + pieces.join('');
}

/** The key whose order is the opposite. */
function inverted(key: string): string {
  let text = '';
  for (let index = 0; index < key.length; index++) text += String.fromCharCode(0xff - key.charCodeAt(index));
  return text;
}

/** Moves whole numbers above zero; all of them are smaller than 2^52. */
const OFFSET = 2 ** 52;

/** The seven bytes of a whole number, the most significant first. */
function wholeKey(value: number): string {
  let text = '';
  for (let rest = value + OFFSET, index = 0; index < 7; index++) {
    text = String.fromCharCode(rest % 256) + text;
    rest = Math.floor(rest / 256);
  }
  return text;
}
