/** Cuts long texts between words, so that they can be searched in steps. */
import { isBetweenWords, isInWord } from '../values/words.js';

/** Shorter texts are tested at once; characters of a piece. */
export const LONG_TEXT = 64 * 1024;

/**
 * Yields the pieces of a text, in which together every word is that the text has; undefined where a long word goes on.
 * @param longest characters of the longest word that matters: of longer ones only the ends are in the pieces
 */
export function* wordPieces(
  text: string,
  longest = Number.POSITIVE_INFINITY,
  size = LONG_TEXT,
): Generator<string | undefined, void> {
  for (let from = 0; from < text.length; ) {
    const least = from + size;
    let at = least;
    let isOneWord = size > longest && isInWord(text.charCodeAt(least - 1));
    for (; at < text.length && !isBetweenWords(text, at); at++) {
      if ((at - least) % size === size - 1) yield undefined;
      isOneWord &&= isInWord(text.charCodeAt(at));
    }
    const isCut = isOneWord && at - least > size;
    yield isCut ? text.slice(from, least) + text.slice(at - size, at) : text.slice(from, at);
    from = at;
  }
}
