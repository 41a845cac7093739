/** Comparing texts: the quick ways answer as the folded texts do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEqualTest, equalTest, isWildcardMatch, startTest } from '../../../src/pipeline/select/word-match.js';
import { fold } from '../../../src/terms/words.js';

/** Texts that are often alike, with marks that make one character of two. */
const text = fc
  .array(
    fc.constantFrom('a', 'A', 'k', '\u212a', 'e', 'é', '\u0301', 'ß', 's', 'S', 'σ', 'ς', 'İ', 'i', '\u0307', '[', '{'),
    {
      maxLength: 5,
    },
  )
  .map((parts) => parts.join(''));

describe('the quick ways answer as folded texts do', () => {
  test('equality', () => {
    const property = fc.property(text, text, (one, other) => equalTest(one)(other) === (fold(one) === fold(other)));
    fc.assert(property, { numRuns: 5000 });
  });

  test('equality with one of many', () => {
    const property = fc.property(
      fc.array(text),
      text,
      (all, other) => anyEqualTest(all)(other) === all.map(fold).includes(fold(other)),
    );
    fc.assert(property, { numRuns: 3000 });
  });

  test('the beginning', () => {
    const property = fc.property(
      fc.array(text, { minLength: 1 }),
      text,
      (all, other) => startTest(all)(other) === all.some((one) => fold(other).startsWith(fold(one))),
    );
    fc.assert(property, { numRuns: 3000 });
  });
});

describe('a wildcard', () => {
  test('stands for any characters, as in a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const property = fc.property(letters, patterns, (word, pattern) => {
      expect(isWildcardMatch(word, pattern)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(word));
    });
    fc.assert(property, { numRuns: 3000 });
  });

  test('many of them over a long word end soon', () => {
    expect(isWildcardMatch('a'.repeat(10_000), `${'a*'.repeat(50)}b`)).toBe(false);
  });
});
