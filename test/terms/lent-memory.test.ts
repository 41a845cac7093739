/** Lent memory: used again once it was given back, and never otherwise. */
import { expect, test } from 'vitest';
import { firstOf, giveBack, isLent, keepLent, Lender } from '../../src/terms/lent-memory.js';

const SIZE = 64 * 1024;

test('memory that was given back is lent again, once', () => {
  const lender = new Lender();
  const first = lender.lend(SIZE);
  giveBack(first);
  giveBack(first);
  expect(lender.lend(SIZE).buffer).toBe(first.buffer);
  expect(lender.lend(SIZE).buffer).not.toBe(first.buffer);
});

test('a part of it does not give it back, but its first bytes in its place do', () => {
  const lender = new Lender();
  const all = lender.lend(SIZE);
  giveBack(all.subarray(0, SIZE - 1));
  expect(lender.lend(SIZE).buffer).not.toBe(all.buffer);
  const first = firstOf(all, SIZE - 1);
  giveBack(all);
  expect(isLent(first)).toBe(true);
  giveBack(first);
  expect(lender.lend(SIZE).buffer).toBe(all.buffer);
});

test('what is kept cannot be given back', () => {
  const lender = new Lender();
  const bytes = lender.lend(SIZE);
  keepLent(bytes);
  giveBack(bytes);
  expect(lender.lend(SIZE).buffer).not.toBe(bytes.buffer);
});

test('bytes of others, and few ones, are never taken', () => {
  const lender = new Lender();
  const few = lender.lend(10);
  expect(isLent(few)).toBe(false);
  giveBack(few);
  giveBack(new Uint8Array(SIZE));
  expect(few).toHaveLength(10);
});
