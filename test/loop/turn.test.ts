/** Long work yields the event loop, and continues one piece per turn. */
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { eachInTurns, nextTurn, turnEnd, turnIsOver } from '../../src/loop/turn.js';

test('work that checks whether its turn is over lets timers run', async () => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  // Without yielding, this never ends.
  while (!fired) if (turnIsOver()) await nextTurn();
  expect(fired).toBe(true);
});

test('a turn starts again after the event loop has continued on its own', async () => {
  while (!turnIsOver());
  await immediate();
  await immediate();
  expect(turnIsOver()).toBe(false);
});

test('work continues where a test has put fakes in the place of timers', async () => {
  vi.useFakeTimers({ toFake: ['setImmediate', 'setTimeout', 'performance'] });
  try {
    while (!turnIsOver());
    await nextTurn();
    await turnEnd();
    expect(turnIsOver()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

test('one of several waiting tasks continues per turn', async () => {
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

test('each item is passed once, in order', async () => {
  const taken: number[] = [];
  await eachInTurns([1, 2, 3], (item) => {
    while (!turnIsOver());
    taken.push(item);
  });
  expect(taken).toStrictEqual([1, 2, 3]);
});
