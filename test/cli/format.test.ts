/** Formatting of numbers, and parsing of sizes. */
import { expect, test } from 'vitest';
import { formatBytes, formatRecords, parseSize } from '../../src/cli/format.js';
import { formatCount } from '../../src/terms/format-count.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [1049, '1.0 KB'],
  [999_499, '999.5 KB'],
  [999_500, '1.0 MB'],
  [1_300_000, '1.3 MB'],
  [2_000_000_000, '2.0 GB'],
  [5e12, '5.0 TB'],
  [5e15, '5000.0 TB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts have separators, and a noun in singular or plural', () => {
  expect(formatCount(1565)).toBe('1,565');
  expect([0, 1, 2, 10_000].map(formatRecords)).toStrictEqual(['0 records', '1 record', '2 records', '10,000 records']);
});

test.each([
  ['2GB', 2e9],
  ['1.5mb', 1_500_000],
  ['4096', 4096],
  ['4096 B', 4096],
  ['0.5kb', 500],
  ['1tb', 1e12],
])('parses the size %s', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', 'huge', '-1', '1e3', '1 PB', '1.KB', 'GB', '1GBs'])('"%s" is not a size', (text) => {
  expect(parseSize(text)).toBeUndefined();
});
