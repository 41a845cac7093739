/** Caches decoded strings that repeat, such as the names of members. */
import { decodeString } from './bytes.js';

const SLOTS = 1024;
/** Longer tokens are rare, and seldom repeat. */
const LONGEST = 64;

/** Decodes string tokens; each slot of the cache keeps the last one. */
export class StringCache {
  readonly #tokens: (Buffer | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #texts: string[] = new Array(SLOTS).fill('');

  /** The text of the valid string token at `[start, end)`, quotes included, with its escapes decoded. */
  decode(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST) return decodeString(bytes, start, end);
    const middle = bytes[start + (length >> 1)];
    const slot = (length + 31 * bytes[start + 1] + 131 * middle + 521 * bytes[end - 2]) % SLOTS;
    const token = this.#tokens[slot];
    if (token?.length === length) {
      let index = 1;
      while (index < length && token[index] === bytes[start + index]) index++;
      if (index === length) return this.#texts[slot];
    }
    const text = decodeString(bytes, start, end);
    this.#tokens[slot] = Buffer.from(bytes.subarray(start, end));
    this.#texts[slot] = text;
    return text;
  }
}
