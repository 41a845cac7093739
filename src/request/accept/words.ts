/** Accepts texts whose words are searched for. */
import type { Faults } from '../../options/faults.js';
import { quoted } from '../../terms/shown-text.js';
import { phrasesOf } from '../../values/words.js';
import { BOUNDS } from './bounds.js';

/**
 * Returns the text, if it has a word, and not too many.
 * @param otherwise the remedy for a text without words
 */
export function acceptWords(text: string, path: string, otherwise: string, faults: Faults): string | undefined {
  const { words, wildcards, stars, wordCharacters } = BOUNDS;
  if (!faults.bounded('characters of words', text.length, wordCharacters, path)) return undefined;
  const phrases = [...phrasesOf(text)];
  if (phrases.length === 0) {
    faults.add(
      'INVALID',
      path,
      `has no word to search for: ${quoted(text)}${otherwise === '' ? '' : `; ${otherwise}`}`,
    );
    return undefined;
  }
  const patterns = phrases.flat();
  const count = patterns.filter((word) => word.includes('*')).length;
  faults.bounded('words', patterns.length, words, path);
  faults.bounded('words with *', count, wildcards, path);
  faults.bounded(
    'stars',
    patterns.reduce((sum, word) => sum + starsIn(word), 0),
    stars,
    path,
  );
  return text;
}

/** Stars of a word; consecutive ones count as one. */
function starsIn(word: string): number {
  return word.match(/\*+/g)?.length ?? 0;
}
