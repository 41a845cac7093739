/** Comparing texts: the fast functions agree with comparisons of folded texts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WildcardIndex } from '../../src/select/wildcard-index.js';
import { anyEqualTest, equalTest, startTest } from '../../src/select/word-match.js';
import { fold } from '../../src/values/words.js';
import { runs } from '../runs.js';

/** Texts that are often alike, with combining marks. */
const text = fc
  .array(
    fc.constantFrom('a', 'A', 'k', '\u212a', 'e', 'é', '\u0301', 'ß', 's', 'S', 'σ', 'ς', 'İ', 'i', '\u0307', '[', '{'),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

function result<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

describe('the fast functions agree with folded texts', () => {
  test('on equality', () => {
    const property = fc.property(text, text, (one, other) => equalTest(one)(other) === (fold(one) === fold(other)));
    fc.assert(property, runs(1500));
  });

  test('on equality with one of many', async () => {
    const property = fc.asyncProperty(fc.array(text), text, async (all, other) => {
      expect((await anyEqualTest(all))(other)).toBe(all.map(fold).includes(fold(other)));
    });
    await fc.assert(property, runs(1000));
  });

  test('on prefixes', async () => {
    const property = fc.asyncProperty(fc.array(text, { minLength: 1 }), text, async (all, other) => {
      expect((await startTest(all))(other)).toBe(all.some((one) => fold(other).startsWith(fold(one))));
    });
    await fc.assert(property, runs(1000));
  });
});

describe('wildcards', () => {
  test('match any characters, as in a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const property = fc.property(fc.array(letters), fc.array(patterns), (words, all) => {
      const index = new WildcardIndex();
      const numbers = all.map((pattern) => index.add(pattern));
      for (const word of [...words, ...words]) {
        const wanted = numbers.filter((_, at) => new RegExp(`^${all[at].replaceAll('*', '.*')}$`).test(word));
        expect(new Set(index.matching(word))).toStrictEqual(new Set(wanted));
      }
    });
    fc.assert(property, runs(1000));
  });

  test('match a long word quickly, even with many stars', () => {
    const index = new WildcardIndex();
    index.add(`${'a*'.repeat(50)}b`);
    expect(index.matching('a'.repeat(10_000))).toStrictEqual([]);
  });
});

test('match words of any length by the same rule, with any number of stars', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
  const pattern = fc.array(piece, { minLength: 2, maxLength: 6 }).map((pieces) => pieces.join('*'));
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 200 });
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), word, (patterns, text) => {
      const index = new WildcardIndex();
      const numbers = patterns.map((one) => index.add(one));
      const found = new Set(index.matching(text));
      for (const [at, one] of patterns.entries()) {
        const rule = new RegExp(`^${one.replaceAll('*', '.*')}$`);
        expect(found.has(numbers[at]), `${one} ${text}`).toBe(rule.test(text));
        for (const size of [1, 2, 50]) expect(new Set(result(index.matchingInSteps(text, size)))).toEqual(found);
      }
    }),
    { numRuns: 500 },
  );
});
