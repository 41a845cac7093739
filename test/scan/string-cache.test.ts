/** Cached strings are never those of another token. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringCache } from '../../src/scan/string-cache.js';

test('decodes every token to its own text, whatever was decoded before', () => {
  // Few letters, so that tokens share slots, lengths and endings.
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '"', '\\', '\ud800', '\n'), maxLength: 5 }),
    fc.integer({ min: 55, max: 70 }).map((length) => 'a'.repeat(length)),
  );
  const property = fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), fc.nat({ max: 3 }), (texts, offset) => {
    const cache = new StringCache();
    for (const one of [...texts, ...texts]) {
      const token = JSON.stringify(one);
      const bytes = Buffer.from(`${' '.repeat(offset)}${token},`);
      expect(cache.decode(bytes, offset, bytes.length - 1)).toBe(one);
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test('distinguishes tokens of the same slot', () => {
  const cache = new StringCache();
  for (const one of ['abcdefgh', 'aXcdefgh', 'abcdefXh', 'abcdefgh']) {
    const bytes = Buffer.from(JSON.stringify(one));
    expect(cache.decode(bytes, 0, bytes.length)).toBe(one);
  }
});

test('does not depend on the bytes afterwards', () => {
  const cache = new StringCache();
  const bytes = Buffer.from('"name"');
  expect(cache.decode(bytes, 0, 6)).toBe('name');
  bytes.write('"game"');
  expect(cache.decode(bytes, 0, 6)).toBe('game');
  bytes.write('"name"');
  expect(cache.decode(bytes, 0, 6)).toBe('name');
});
