/** Short texts of ASCII, to be written many times. */

/** Bytes of a word. */
export const WORD = 8;

/** ASCII as words, which are written faster than bytes; the last one may have bytes beyond the text. */
export interface Words {
  readonly words: Float64Array;
  readonly length: number;
}

/** The words of a text of ASCII. */
export function wordsOf(text: string): Words {
  const bytes = Buffer.alloc(Math.ceil(text.length / WORD) * WORD);
  bytes.write(text);
  // Of ASCII no word is a NaN.
  const words = Float64Array.from({ length: bytes.length / WORD }, (_, index) => bytes.readDoubleLE(index * WORD));
  return { words, length: text.length };
}
