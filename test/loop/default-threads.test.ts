/** The default numbers of threads, by cores and by the size of libuv's pool. */
import { expect, test } from 'vitest';
import { defaultScanThreads, defaultThreads, leastScannedByThreads } from '../../src/loop/default-threads.js';

test.each<[number, string | undefined, number]>([
  [1, undefined, 2],
  [2, undefined, 3],
  [4, undefined, 3],
  [64, undefined, 3],
  [4, '6', 5],
  [16, '8', 7],
  [8, '1024', 9],
  [8, '2', 1],
  [8, '1', 1],
  [8, '0', 1],
  [8, '', 1],
  [8, 'many', 1],
])('%d cores, UV_THREADPOOL_SIZE=%s: %d', (cores, poolSize, threads) => {
  expect(defaultThreads(cores, poolSize ?? '4')).toBe(threads);
});

test.each([
  [1, 1],
  [3, 1],
  [4, 4],
  [8, 8],
  [64, 8],
])('%d cores: %d threads scan', (cores, threads) => {
  expect(defaultScanThreads(cores)).toBe(threads);
});

test('more cores begin with smaller files', () => {
  expect(leastScannedByThreads(2)).toBe(512 * 1024 * 1024);
  expect(leastScannedByThreads(4)).toBe(256 * 1024 * 1024);
});

test('needs no arguments', () => {
  expect(defaultThreads()).toBeGreaterThanOrEqual(1);
});
