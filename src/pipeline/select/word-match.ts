/** Texts compared with their case ignored: whole, from their beginning, and by the words in them. */
import { fold, isAscii, phrasesOf, wordsOf } from '../../terms/words.js';

/** Whether a text matches. */
export type TextTest = (text: string) => boolean;

const LAST_ASCII = 0x7f;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const CASE_BIT = 0x20;

/** What the first characters of a text tell of its beginning with a folded one. */
const UNLIKE = 0;
const ALIKE = 1;
/** There are characters whose case cannot be told one by one. */
const UNTOLD = 2;

function comparePrefix(text: string, folded: string): number {
  const length = Math.min(text.length, folded.length);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    // A mark behind a character becomes one with it, so the next one must be plain too.
    if (code > LAST_ASCII || text.charCodeAt(index + 1) > LAST_ASCII) return UNTOLD;
    const lower = code >= CAPITAL_A && code <= CAPITAL_Z ? code | CASE_BIT : code;
    if (lower !== folded.charCodeAt(index)) return UNLIKE;
  }
  return ALIKE;
}

/** Tests for being equal to the operand. */
export function equalTest(operand: string): TextTest {
  const folded = fold(operand);
  return (text) => {
    const found = comparePrefix(text, folded);
    return found === UNTOLD ? fold(text) === folded : found === ALIKE && text.length === folded.length;
  };
}

/** Tests for being equal to one of the operands: one look-up, however many there are. */
export function anyEqualTest(operands: readonly string[]): TextTest {
  const wanted = new Set(operands.map(fold));
  let longest = 0;
  for (const one of wanted) longest = Math.max(longest, one.length);
  return (text) => {
    if (text.length <= longest) return wanted.has(fold(text));
    return !isAscii(text) && wanted.has(fold(text));
  };
}

/** Tests for beginning with one of the operands. */
export function startTest(operands: readonly string[]): TextTest {
  const wanted = operands.map(fold);
  return (text) => {
    let whole: string | undefined;
    return wanted.some((prefix) => {
      const found = comparePrefix(text, prefix);
      if (found === UNLIKE) return false;
      if (found === ALIKE) return text.length >= prefix.length;
      whole ??= fold(text);
      return whole.startsWith(prefix);
    });
  };
}

/** Tests of one folded text and its words. */
type WordsTest = (folded: string, words: () => readonly string[]) => boolean;

/** Tests for holding the words and phrases of the operand: all of them, or any. */
export function wordsTest(operand: string, all: boolean): TextTest {
  const tests = phraseTests(operand);
  return (text) => {
    const folded = fold(text);
    let split: readonly string[] | undefined;
    const words = () => {
      split ??= wordsOf(folded);
      return split;
    };
    return all ? tests.every((test) => test(folded, words)) : tests.some((test) => test(folded, words));
  };
}

/** One test for each word or phrase of the operand. */
export function phraseTextTests(operand: string): readonly TextTest[] {
  return phraseTests(operand).map((test) => (text) => {
    const folded = fold(text);
    return test(folded, () => wordsOf(folded));
  });
}

function phraseTests(operand: string): readonly WordsTest[] {
  return phrasesOf(operand).map((patterns) => {
    const matchers = patterns.map(wordMatcher);
    // What must stand in the text as it is; its words need not be told apart where that is missing.
    const literal = longest(patterns.flatMap((pattern) => pattern.split('*')));
    return (folded, words) => folded.includes(literal) && isPhraseIn(words(), matchers);
  });
}

function isPhraseIn(words: readonly string[], matchers: readonly TextTest[]): boolean {
  for (let first = 0; first + matchers.length <= words.length; first++) {
    if (matchers.every((matches, index) => matches(words[first + index]))) return true;
  }
  return false;
}

function wordMatcher(pattern: string): TextTest {
  return pattern.includes('*') ? (word) => isWildcardMatch(word, pattern) : (word) => word === pattern;
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}

/** Whether the pattern spells the whole word, `*` standing for any characters. Goes back to the last `*` only. */
export function isWildcardMatch(word: string, pattern: string): boolean {
  let at = 0;
  let asked = 0;
  let star = -1;
  let starAt = 0;
  while (at < word.length) {
    if (asked < pattern.length && pattern[asked] === '*') {
      star = asked++;
      starAt = at;
    } else if (asked < pattern.length && pattern[asked] === word[at]) {
      asked++;
      at++;
    } else if (star >= 0) {
      asked = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[asked] === '*') asked++;
  return asked === pattern.length;
}
