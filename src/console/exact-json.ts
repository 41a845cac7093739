/** JSON without loss: a number that JavaScript would round stays an object with its text. */
import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** A number outside strings that may not survive: many digits, or an exponent. */
const DOUBTFUL = /[:,[]\s*-?(?:\d[\d.]{14,}|\d[\d.]*[eE])/;

/** Parses JSON; texts without doubtful numbers take the browser's parser, which is much faster. */
export function parseExactly<T>(text: string): T;
export function parseExactly(text: string): unknown {
  if (!DOUBTFUL.test(text)) return JSON.parse(text);
  return parse(text, undefined, (digits) => (isSafeNumber(digits) ? Number(digits) : new LosslessNumber(digits)));
}

/** Writes a parsed value with two spaces of indentation and all its digits. */
export function writeExactly(value: unknown): string {
  return stringify(value, undefined, 2) ?? '';
}
