/** Long work lets others in, and those who wait go on one a turn. */
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eachInTurns, nextTurn, turnIsOver } from '../../src/loop/turn.js';

test('work that asks whether its turn is over lets timers in', async () => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  // Without a turn for others this never ends.
  while (!fired) if (turnIsOver()) await nextTurn();
  expect(fired).toBe(true);
});

test('a turn begins anew when the event loop has gone on by itself', async () => {
  while (!turnIsOver());
  await immediate();
  await immediate();
  expect(turnIsOver()).toBe(false);
});

test('of several who wait one goes on in a turn', async () => {
  let turns = 0;
  let isCounting = true;
  const count = () => {
    turns++;
    if (isCounting) setImmediate(count);
  };
  const seen: number[] = [];
  const all = Array.from({ length: 3 }, () => nextTurn().then(() => seen.push(turns)));
  setImmediate(count);
  await Promise.all(all);
  isCounting = false;
  expect(new Set(seen).size).toBe(3);
});

test('each item is taken once, in order', async () => {
  const taken: number[] = [];
  await eachInTurns([1, 2, 3], (item) => {
    while (!turnIsOver());
    taken.push(item);
  });
  expect(taken).toStrictEqual([1, 2, 3]);
});
