/** Words of texts, folding, and what an operand searches for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachWord, fold, hasWord, phrasesOf } from '../../src/values/words.js';

test.each([
  ['Polo', 'pOLO'],
  ['ÉTÉ', 'e\u0301te\u0301'],
  ['straße', 'STRASSE'],
  ['ΣΑΣ', 'σας'],
  ['Σ', 'ς'],
  ['\u212a', 'k'],
  ['ǆ', 'Ǆ'],
])('%s and %s are equal when folded', (one, other) => {
  expect(fold(one)).toBe(fold(other));
});

test('keeps accents different', () => {
  expect(fold('été')).not.toBe(fold('ete'));
});

test('folds only the case of letters in ASCII text', () => {
  const ascii = fc.string({ unit: 'binary-ascii' });
  fc.assert(fc.property(ascii, (text) => fold(text) === text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())));
});

test('folding a folded text changes nothing', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => fold(fold(text)) === fold(text)));
});

describe('words', () => {
  test.each([
    ['blue deep navy', ['blue', 'deep', 'navy']],
    ['a_b-c/d.e', ['a', 'b', 'c', 'd', 'e']],
    ["men's 'ties' o’neil 5'10 rock'n'roll it's'", ["men's", 'ties', 'o’neil', '5', '10', "rock'n'roll", "it's"]],
    ['中文 123 x2', ['中文', '123', 'x2']],
    ['e\u0301\u0302x', ['e\u0301\u0302x']],
    [' \t*"', []],
    ['', []],
  ])('of %j', (text, words) => {
    expect(wordsOf(text)).toStrictEqual(words);
  });
});

/** As a regular expression defines it. */
const WORD = /[\p{L}\p{N}\p{M}]+(?:(?<=[\p{L}\p{M}])['’](?=\p{L})[\p{L}\p{N}\p{M}]+)*/gu;

/** Texts of characters that form, join or separate words. */
const WORDY = fc.string({
  unit: fc.constantFrom(
    "'",
    '’',
    'a',
    'é',
    '\u0301',
    '7',
    '½',
    ' ',
    '-',
    '中',
    '😀',
    '𝒳',
    '𝟘',
    '\ud835',
    '\udcb3',
    '\0',
  ),
  maxLength: 12,
});

test('are those that the regular expression finds', () => {
  const any = fc.string({ unit: 'binary', maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(WORDY, any), (one) => {
      expect(wordsOf(one)).toStrictEqual([...(one.match(WORD) ?? [])]);
    }),
    { numRuns: 20_000 },
  );
});

test('are found by hasWord', () => {
  fc.assert(
    fc.property(WORDY, WORDY, WORDY, (before, text, behind) => {
      const whole = before + text + behind;
      const words = new Set(wordsOf(whole));
      for (const word of new Set([...words, ...wordsOf(text)])) expect(hasWord(whole, word)).toBe(words.has(word));
    }),
    { numRuns: 20_000 },
  );
});

test('stop when the callback returns true', () => {
  const seen: string[] = [];
  expect(eachWord('a b c', (word) => seen.push(word) === 2)).toBe(true);
  expect(seen).toStrictEqual(['a', 'b']);
});

describe('an operand searches for', () => {
  test.each([
    ['navy Blue', [['navy'], ['blue']]],
    ['"navy blue"', [['navy', 'blue']]],
    ['a "b c" d', [['a'], ['b', 'c'], ['d']]],
    ['a "b c', [['a'], ['b'], ['c']]],
    ['LS*Shirts *-001', [['ls*shirts'], ['*'], ['001']]],
    ["*'s", [["*'s"]]],
    ['"" "-"', []],
  ])('%j', (operand, phrases) => {
    expect([...phrasesOf(operand)]).toStrictEqual(phrases);
  });
});

function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  eachWord(text, (word) => words.push(word) < 0);
  return words;
}
