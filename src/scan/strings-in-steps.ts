/** Strings of JSON that are too long to be read at once. */
import * as ascii from './ascii.js';

const { BACKSLASH, QUOTE } = ascii;

/** Shorter strings are read at once; bytes of one step. */
export const STEP_BYTES = 64 * 1024;

/** The position after the string that begins at `start`. */
export function* stringEndInSteps(bytes: Buffer, start: number, end: number): Generator<void, number> {
  let pos = start + 1;
  for (let stop = pos + STEP_BYTES; pos < end; stop = pos + STEP_BYTES) {
    for (; pos < end && pos < stop; pos++) {
      if (bytes[pos] === QUOTE) return pos + 1;
      if (bytes[pos] === BACKSLASH) pos++;
    }
    yield;
  }
  throw unfinished(end);
}

/** The text of the string token at `[start, end)`, quotes included, with its escapes decoded. */
export function* decodeStringInSteps(
  bytes: Buffer,
  start: number,
  end: number,
  size = STEP_BYTES,
): Generator<void, string> {
  const texts: string[] = [];
  for (let from = start + 1; from < end - 1; ) {
    const to = escapesEnd(bytes, from, pieceEnd(bytes, from, end - 1, size), end - 1);
    const text = bytes.toString('utf8', from, to);
    texts.push(text.includes('\\') ? String(JSON.parse(`"${text}"`)) : text);
    from = to;
    yield;
  }
  return texts.join('');
}

/** Where a piece of a text ends: before the first byte of a character. */
export function pieceEnd(bytes: Buffer, start: number, end: number, size: number): number {
  let to = Math.min(start + size, end);
  while (to < end && (bytes[to] & 0xc0) === 0x80) to++;
  return to;
}

const LETTER_U = 0x75;

/** Where a piece of a string ends that does not end in an escape. @param start is not inside of one */
function escapesEnd(bytes: Buffer, start: number, to: number, end: number): number {
  let pos = start;
  while (pos < to) {
    if (bytes[pos] !== BACKSLASH) pos++;
    else pos += bytes[pos + 1] === LETTER_U ? 6 : 2;
  }
  return Math.min(pos, end);
}

/** The error of a text that ends too soon. */
export function unfinished(at: number): SyntaxError {
  return new SyntaxError(`unexpected end at byte ${at}`);
}
