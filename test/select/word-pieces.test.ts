/** Long texts are tested in steps, with the results of a test at once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../src/select/compile-condition.js';
import { isPlainMatch, longTextMatches } from '../../src/select/find-value.js';
import { TextIndex } from '../../src/select/text-index.js';
import { PhraseFinder } from '../../src/select/word-match.js';
import { wordPieces } from '../../src/select/word-pieces.js';
import type { Condition } from '../../src/terms/criteria.js';
import { foldInSteps } from '../../src/values/fold-in-steps.js';
import { directed, directedInSteps, textKey, textKeyInSteps } from '../../src/values/order-key.js';
import { eachWord, fold, foldedFront, wordsInSteps } from '../../src/values/words.js';
import { runs } from '../runs.js';

const character = fc.constantFrom(
  ...[
    'a',
    'B',
    'e\u0301',
    '\u0301',
    'ß',
    'Σ',
    '7',
    '_',
    ' ',
    '.',
    ',',
    ':',
    "'",
    '"',
    '-',
    '=\u0338',
    '\u200d',
    '\u00ad',
  ],
  ...[
    '漢',
    '字',
    'カ',
    'ー',
    'か\u3099',
    'ไ',
    'א',
    '한',
    '\u1112\u1161\u11ab',
    '\u11ab',
    '😀',
    '👩\u200d🚀',
    '\ud83d',
    '。',
    '𝟘',
  ],
);
const text = fc.array(character, { maxLength: 60 }).map((all) => all.join(''));

function result<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function wordsOf(folded: string): readonly string[] {
  const words: string[] = [];
  eachWord(folded, (word) => {
    words.push(word);
    return false;
  });
  return words;
}

test('pieces have the words of the text, however small they are', () => {
  const property = fc.property(text, fc.integer({ min: 1, max: 6 }), (all, size) => {
    const pieces = [...wordPieces(all, undefined, size)].filter((piece) => piece !== undefined);
    expect(pieces.join('')).toBe(all);
    expect(pieces.flatMap((piece) => wordsOf(fold(piece)))).toEqual(wordsOf(fold(all)));
  });
  fc.assert(property, runs(2000));
});

test('a text is cut into its words in steps', () => {
  const property = fc.property(text, fc.integer({ min: 1, max: 6 }), (all, size) => {
    const folded = fold(all);
    expect([...wordsInSteps(folded, size)].filter((word) => word !== undefined)).toEqual(wordsOf(folded));
  });
  fc.assert(property, runs(2000));
});

test('conditions are looked up in steps as at once', async () => {
  const words = fc.constantFrom('a', 'B', 'a b', '"a b"', 'a*', '*b*', 'é', '', 'a_7', '漢');
  const condition = fc.oneof(
    words.map((contains): Condition => ({ contains })),
    words.map((eq): Condition => ({ eq })),
    words.map((exact): Condition => ({ exact })),
    fc.array(words, { minLength: 1 }).map((exacts): Condition => ({ exacts })),
  );
  const long = fc.array(fc.constantFrom('a', 'b', 'A B', ' ', '7', 'é', '_', '漢'), { maxLength: 12 });
  const all = fc.array(condition, { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(all, long, fc.integer({ min: 1, max: 6 }), async (conditions, parts, size) => {
    const index = new TextIndex();
    for (const [number, one] of conditions.entries()) await index.add(one, number);
    const [inSteps, atOnce] = [new Set<number>(), new Set<number>()];
    index.find(parts.join(''), (number) => atOnce.add(number).size === 0);
    // What every text satisfies is found before.
    index.find('', (number) => inSteps.add(number).size === 0);
    result(index.findInSteps(parts.join(''), (number) => inSteps.add(number).size === 0, size));
    index.find('', (number) => atOnce.add(number).size === 0);
    expect(inSteps).toEqual(atOnce);
  });
  await fc.assert(property, runs(1000));
});

test('a text is folded in pieces as in the whole, and so is the key that it is sorted by', () => {
  const property = fc.property(text, fc.integer({ min: 1, max: 6 }), fc.boolean(), (all, size, isDescending) => {
    expect(result(foldInSteps(all, size))).toBe(fold(all));
    const zeros = `\u0000${all}\u0001${all}`;
    const key = textKey(zeros) ?? '';
    expect(result(textKeyInSteps(zeros, size))).toBe(key);
    expect(result(directedInSteps(key, isDescending, size))).toBe(directed(key, isDescending));
  });
  fc.assert(property, runs(1000));
});

test('a word of a megabyte is compared with one pattern in a step', async () => {
  const patterns = Array.from({ length: 100 }, (_, index) => `*x${index}y*`).join(' ');
  const finder = await PhraseFinder.of(patterns);
  const steps = finder.testInSteps('deadbeef0123'.repeat(90_000), false);
  let count = 0;
  for (; !steps.next().done; count++);
  expect(count).toBeGreaterThan(100);
});

test('words and phrases are found in pieces as in the whole', async () => {
  const operand = fc
    .array(fc.constantFrom('a', 'b', 'é', '7', 'a7', 'a.b', '漢字', '"a b"', '"b a"', 'a*', '*b', '_a', 'σ', '한'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((all) => all.join(' '));
  const long = fc.oneof(
    text,
    fc
      .array(fc.constantFrom('a', 'b', 'A B', ' ', '7', 'aaaaaaaaa', '_', '.'), { maxLength: 30 })
      .map((all) => all.join('')),
  );
  const property = fc.asyncProperty(operand, long, fc.integer({ min: 1, max: 6 }), async (wanted, all, size) => {
    const finder = await PhraseFinder.of(wanted);
    expect(result(finder.testInSteps(all, true, size))).toBe(finder.hasAll(all));
    expect(result(finder.testInSteps(all, false, size))).toBe(finder.find(all, () => true));
    const [inSteps, atOnce] = [new Set<number>(), new Set<number>()];
    result(finder.findInSteps(all, (phrase) => inSteps.add(phrase).size === 0, size));
    finder.find(all, (phrase) => atOnce.add(phrase).size === 0);
    expect(inSteps).toEqual(atOnce);
  });
  await fc.assert(property, runs(2000));
});

test('the front of a folded text is that of the whole', () => {
  const property = fc.property(text, fc.integer({ min: 0, max: 4 }), (all, length) => {
    const front = foldedFront(all.repeat(3), length);
    expect(fold(all.repeat(3)).startsWith(front)).toBe(true);
    expect(front.length).toBeGreaterThanOrEqual(Math.min(length, fold(all.repeat(3)).length));
  });
  fc.assert(property, runs(1000));
});

describe('a long text', () => {
  const texts: readonly (readonly [string, string])[] = [
    ['of words', 'Lorem ipsum dolor. '.repeat(9_000)],
    ['of accents', 'Lórem e\u0301psum '.repeat(9_000)],
    ['of ideographs', '漢字かな交じり文'.repeat(20_000)],
    ['of one word', 'deadbeef'.repeat(20_000)],
    ['of digits', '12345678'.repeat(20_000)],
  ];
  const conditions: readonly Condition[] = [
    { contains: 'nothing ipsum' },
    { contains: '"dolor lorem"' },
    { contains: 'de*ef' },
    { eq: 'lorem dolor' },
    { eq: 'nothing|lorem épsum' },
    { eq: '漢 字' },
    { exact: 'lorem' },
    { exacts: ['lorem', 'deadbeef'] },
    { startswith: ['lórem ép', 'deadbeefde'] },
    { gt: 'lorem', type: '_STRING' },
    { lte: '漢字か', type: '_STRING' },
    { gt: 5 },
  ];

  test.each(texts)('%s satisfies in steps what it satisfies at once', async (_, long) => {
    for (const condition of conditions) {
      const compiled = await compileCondition(condition);
      expect([condition, result(longTextMatches(long, compiled))]).toEqual([condition, isPlainMatch(long, compiled)]);
    }
  });

  test('is searched in many steps', async () => {
    for (const [, long] of texts) {
      const { texts: tests } = await compileCondition({ contains: 'nothing' });
      expect([...(tests[0].inSteps?.(long) ?? [])].length).toBeGreaterThan(1);
    }
  });
});
