/** Splits texts into words, and operands into what to search for: words, phrases in quotes, `*` for any characters. */

/**
 * Letters, digits and marks; an apostrophe between letters belongs to a word. `*` counts as a letter.
 */
const PATTERN = /[\p{L}\p{N}\p{M}*]+(?:(?<=[\p{L}\p{M}*])['’](?=[\p{L}*])[\p{L}\p{N}\p{M}*]+)*/gu;

/** Whether all characters are ASCII, whose case is simple. */
export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** Folds a text: texts that differ only in case, or in how accents are composed, become equal. */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  // First to capitals: some letters have two lower-case forms, such as sigma, or none of their own.
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** The role of a character in words. */
const UNDECIDED = 0;
const OTHER = 1;
const LETTER = 2;
const MARK = 3;
const DIGIT = 4;

/** The role of each character up to U+FFFF, determined when it first occurs. */
const KINDS = new Uint8Array(0x10000);

const APOSTROPHE = 0x27;
const CURLY_APOSTROPHE = 0x2019;

function kindOf(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const known = KINDS[code];
  if (known !== UNDECIDED) return known;
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const kind = /\p{L}/u.test(character)
    ? LETTER
    : /\p{M}/u.test(character)
      ? MARK
      : /\p{N}/u.test(character)
        ? DIGIT
        : OTHER;
  // The first half of a surrogate pair stands for many characters.
  if (code < 0xd800 || code > 0xdbff) KINDS[code] = kind;
  return kind;
}

/**
 * Passes the words of a folded text to the callback, in order, until it returns true; returns whether it did. A word is
 * letters, digits and marks, and apostrophes between letters.
 */
export function eachWord(folded: string, isEnough: (word: string) => boolean): boolean {
  let start = -1;
  let before = OTHER;
  for (let at = 0; at < folded.length; at++) {
    const kind = kindOf(folded, at);
    if (kind !== OTHER) {
      if (start < 0) start = at;
      // The second half of a pair belongs to the first.
      if (folded.charCodeAt(at) >= 0xd800 && folded.charCodeAt(at) <= 0xdbff) at++;
    } else if (start >= 0 && !(before === LETTER || before === MARK ? isJoint(folded, at) : false)) {
      if (isEnough(folded.slice(start, at))) return true;
      start = -1;
    }
    before = kind;
  }
  return start >= 0 && isEnough(folded.slice(start));
}

/** Whether there is an apostrophe with a letter after it. */
function isJoint(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code === APOSTROPHE || code === CURLY_APOSTROPHE) && at + 1 < text.length && kindOf(text, at + 1) === LETTER;
}

/** Whether a word, as `eachWord` yields it, is among the words of a folded text. */
export function hasWord(folded: string, word: string): boolean {
  for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) {
    if (!isJoined(folded, at) && !isJoined(folded, at + word.length)) return true;
  }
  return false;
}

/** Whether the characters before and at `at` belong to the same word, if both are parts of words. */
function isJoined(text: string, at: number): boolean {
  if (at === 0 || at === text.length) return false;
  const before = kindBefore(text, at);
  const after = kindOf(text, at);
  // One of them belongs to the word; the other one is a part of a word too, or an apostrophe between letters.
  if (before !== OTHER && after !== OTHER) return true;
  if (after === OTHER) return (before === LETTER || before === MARK) && isJoint(text, at);
  if (!isJoint(text, at - 1)) return false;
  const first = kindBefore(text, at - 1);
  return first === LETTER || first === MARK;
}

/** The role of the character that ends at `at`. */
function kindBefore(text: string, at: number): number {
  if (at === 0) return OTHER;
  const code = text.charCodeAt(at - 1);
  const isSecondHalf = code >= 0xdc00 && code <= 0xdfff && at > 1;
  return kindOf(text, isSecondHalf && (text.charCodeAt(at - 2) & 0xfc00) === 0xd800 ? at - 2 : at - 1);
}

/**
 * Yields what an operand searches for, folded: words that must follow one another; one word alone, or several in
 * quotes. An unclosed last quote is ignored.
 */
export function* phrasesOf(operand: string): Generator<readonly string[], void> {
  const parts = fold(operand).split('"');
  for (const [index, part] of parts.entries()) {
    const words = part.matchAll(PATTERN);
    if (index % 2 === 1 && index < parts.length - 1) {
      const phrase = Array.from(words, ([word]) => word);
      if (phrase.length > 0) yield phrase;
    } else {
      for (const [word] of words) yield [word];
    }
  }
}
