/** Large JSON texts are parsed in steps, to the values of small ones. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeInSteps, decodeOrdered } from '../../src/scan/decode-in-steps.js';
import { decodeValue } from '../../src/scan/decode-value.js';
import { entityText } from '../naive/arbitraries.js';
import { runs } from '../runs.js';

/** The result, and the number of steps. */
function taken(steps: Generator<void, unknown>): readonly [value: unknown, count: number] {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next();
    if (done) return [value, count];
  }
}

/** The value with an object for each map. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

test('any entity is what a reader of small ones makes of it, with objects or with maps', () => {
  const property = fc.property(entityText, fc.integer({ min: 0, max: 9 }), (text, at) => {
    const bytes = Buffer.from(' '.repeat(at) + text + '}'.repeat(at));
    const [start, end] = [at, bytes.length - at];
    expect(taken(decodeInSteps(bytes, start, end))[0]).toEqual(decodeValue(text));
    expect(plain(taken(decodeOrdered(bytes, start, end))[0])).toEqual(decodeValue(text));
  });
  fc.assert(property, runs(500));
});

test.each([
  ['escapes', '"\\\\\u0001é😀\n'],
  ['characters of several bytes', 'a漢é😀'],
])('a long text takes many steps: %s', (_, part) => {
  const text = part.repeat(100_000);
  const [value, steps] = taken(decodeInSteps(Buffer.from(JSON.stringify({ [text]: [text] }))));
  expect(steps).toBeGreaterThan(20);
  expect(value).toEqual({ [text]: [text] });
});

test('a number of any length keeps its digits', () => {
  const digits = '1234567890'.repeat(1000);
  expect(taken(decodeInSteps(Buffer.from(`[${digits}]`)))[0]).toEqual([{ text: digits }]);
});

test('a long number takes many steps', () => {
  const digits = '1234567890'.repeat(100_000);
  const [value, steps] = taken(decodeInSteps(Buffer.from(`[${digits},7]`)));
  expect(steps).toBeGreaterThan(10);
  expect(value).toEqual([{ text: digits }, 7]);
});

test.each(['', '{', '[1', '{"a"', '{"a":', '{"a":1', '[1,]', '[1 2]', '"a', '{} {}', '{"a" 1}', '[x]'])(
  'what is not JSON is refused: %s',
  (text) => {
    expect(() => taken(decodeInSteps(Buffer.from(text)))).toThrow(SyntaxError);
  },
);
