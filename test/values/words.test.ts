/** Words of texts, folding, and what an operand searches for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alternativesOf } from '../../src/values/alternatives.js';
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
    ['a_b-c/d e_', ['a_b', 'c', 'd', 'e_']],
    ['batch_collect_entity_export', ['batch_collect_entity_export']],
    ['a.b 3.14 1,000 10:30 a:b v1.2. a.2', ['a.b', '3.14', '1,000', '10', '30', 'a:b', 'v1.2', 'a', '2']],
    ['_ __ ‿', []],
    ['צה"ל א\'', ['צה"ל', "א'"]],
    ['ab\u00ad\u00adc red\u200e blue', ['ab\u00ad\u00adc', 'red', 'blue']],
    ["men's 'ties' o’neil 5'10 rock'n'roll it's'", ["men's", 'ties', 'o’neil', "5'10", "rock'n'roll", "it's"]],
    ['中文 123 x2 m²', ['中', '文', '123', 'x2', 'm']],
    ['カタカナ', ['カタカナ']],
    ['e\u0301\u0302x', ['e\u0301\u0302x']],
    [' \t*"', []],
    ['', []],
  ])('of %j', (text, words) => {
    expect(wordsOf(text)).toStrictEqual(words);
  });
});

/** What the rules take for letters and digits though no property of theirs says so. */
const RARE =
  /[\u00b8\u02c2-\u02c5\u02d2-\u02d7\u02de\u02df\u02e5-\u02ff\u055a-\u055c\u055e\u058a\u05f3\u070f\ua708-\ua716\ua720\ua721\ua789\ua78a\uab5b\u066b\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}\u309b\u309c\u30a0\u3031-\u3035\p{Script=Katakana}]/u;

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** What the platform's segmenter finds: a segment with a letter or digit is a word, without invisible characters behind, but signs before numbers. */
function segmented(text: string): readonly string[] {
  return [...SEGMENTER.segment(text)]
    .map(({ segment }) => segment)
    .filter((segment) => /(?!\p{M})[\p{Alphabetic}\p{Nd}]/u.test(segment) || RARE.test(segment))
    .map((segment) =>
      segment.replace(/(?:(?![\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}])\p{Cf})+$/u, ''),
    );
}

/** Texts of characters that form, join or separate words. */
const WORDY = fc.string({
  unit: fc.constantFrom(
    "'",
    '’',
    'a',
    'é',
    '\u0301',
    '7',
    '_',
    '.',
    ',',
    ':',
    '"',
    'א',
    'ア',
    '\u00ad',
    '½',
    ' ',
    '-',
    '😀',
    '𝒳',
    '𝟘',
    '\ud835',
    '\udcb3',
    '\0',
  ),
  maxLength: 12,
});

test('are those that the segmenter of the platform finds', () => {
  // In scripts without blanks it asks a dictionary, and a joiner before a picture makes one of both.
  const unlike = [
    /[\p{Ideographic}\p{Script=Hiragana}\p{Script=Hangul}\p{Cn}\p{Co}]|\u200d/u,
    /[\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}\p{Script=Tai_Viet}\p{Script=Ahom}]/u,
    /[\u3005\u303b\u31f0-\u31ff\u32d0-\u32fe\u3300-\u3357\uff66-\uff9f\u{16fe0}-\u{16fff}]/u,
  ];
  const letters = fc.string({
    unit: fc.integer({ min: 0, max: 0x1_ffff }).map((point) => String.fromCodePoint(point)),
  });
  fc.assert(
    fc.property(fc.oneof(WORDY, letters), (text) => {
      fc.pre(!unlike.some((one) => one.test(text)));
      expect(wordsOf(text)).toStrictEqual(segmented(text));
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
    ['東京 x', [['東', '京'], ['x']]],
    ['BATCH_COLLECT a.b*', [['batch_collect'], ['a.b*']]],
    ['צה"ל', [['צה"ל']]],
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

describe('the alternatives', () => {
  test.each([
    ['Red|Blue', ['Red', 'Blue']],
    ['Navy Blue | "a|b"|', ['Navy Blue', '"a|b"']],
    ['"a|b', ['a', 'b']],
    ['|', ['|']],
    [' a ', [' a ']],
  ])('of %j', (operand, alternatives) => {
    expect(alternativesOf(operand)).toStrictEqual(alternatives);
  });
});
