/** JSON in the console. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExactly, writeExactly } from '../../src/console/exact-json.js';
import { bytes, count, duration, percent } from '../../src/console/format.js';

test('no number loses a digit', () => {
  const text = '{"a":12345678901234567890,"b":[1.10000000000000000001,-9007199254740993],"c":1e400,"d":0.1,"e":7}';
  expect(writeExactly(parseExactly(text)).replace(/\s/g, '')).toBe(text);
  expect(count(parseExactly<{ a: number }>(text).a)).toBe('12,345,678,901,234,567,890');
});

test('other texts are parsed as the browser does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 2 }), (text) => {
      const value: unknown = JSON.parse(text);
      fc.pre(!/\d[eE]|\d[\d.]{14}/.test(text));
      expect(parseExactly(text)).toStrictEqual(value);
    }),
    { numRuns: 30 },
  );
});

test('numbers, sizes and times are short', () => {
  expect([bytes(0), bytes(999), bytes(1000), bytes(3_500_000), bytes(2 ** 50)]).toStrictEqual([
    ...['0 B', '999 B', '0.98 KiB', '3.34 MiB', '1.00 PiB'],
  ]);
  expect([0, 999, 1500, 59_400, 61_000, 7_260_000, 200_000_000].map(duration)).toStrictEqual([
    ...['0 ms', '999 ms', '1.5 s', '59 s', '1 min 1 s', '2 h 1 min', '2 d 7 h'],
  ]);
  expect([percent(0, 0), percent(1, 3), percent(1, 1000), percent(1, 10_000)]).toStrictEqual([
    ...['0 %', '33 %', '0.1 %', '< 0.1 %'],
  ]);
});
