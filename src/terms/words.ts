/** Words of a text, and what is looked for among them: words, phrases in quotes, `*` for any characters of a word. */

/** Letters, digits and marks; an apostrophe belongs to a word where it stands between letters. */
const WORD = /[\p{L}\p{N}\p{M}]+(?:(?<=[\p{L}\p{M}])['’](?=\p{L})[\p{L}\p{N}\p{M}]+)*/gu;
/** The same where `*` stands for letters. */
const PATTERN = /[\p{L}\p{N}\p{M}*]+(?:(?<=[\p{L}\p{M}*])['’](?=[\p{L}*])[\p{L}\p{N}\p{M}*]+)*/gu;

/** Whether all characters are ASCII, whose case is quickly told. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** The text in a form that texts share which differ only in case, or in how accents are composed. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  // First to capitals: some letters have two small forms, such as the two of sigma, or none of their own.
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** The words of a folded text, in order. */
export function wordsOf(folded: string): readonly string[] {
  return folded.match(WORD) ?? [];
}

/**
 * What an operand looks for, folded: words that must stand one behind the other, one word alone, or several where
 * they were put in quotes. A last quote that nothing closes counts for nothing.
 */
export function phrasesOf(operand: string): readonly (readonly string[])[] {
  const parts = fold(operand).split('"');
  return parts.flatMap((part, index) => {
    const words: readonly string[] = part.match(PATTERN) ?? [];
    const isQuoted = index % 2 === 1 && index < parts.length - 1;
    if (!isQuoted) return words.map((word) => [word]);
    return words.length > 0 ? [words] : [];
  });
}
