/** Waiting for a source only until the run ends. */
import { expect, test } from 'vitest';
import { pull, throwIfAborted, untilAborted } from '../../src/sources/until-aborted.js';
import { failureOf } from './outcome.js';

const never = new Promise<never>(() => {});

test('settles as the promise does', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(7), signal)).toBe(7);
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('ends the wait at an abort, with its reason', async () => {
  const controller = new AbortController();
  const waiting = failureOf(untilAborted(never, controller.signal));
  controller.abort(new Error('enough'));
  expect(await waiting).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
  expect(await failureOf(untilAborted(Promise.resolve(7), controller.signal))).toMatchObject({ code: 'ABORTED' });
  expect(() => throwIfAborted(controller.signal)).toThrow('the export was aborted');
});

test('ignores a late rejection', async () => {
  const controller = new AbortController();
  let reject: (error: Error) => void = () => {};
  const late = new Promise<never>((_, fail) => {
    reject = fail;
  });
  const waiting = failureOf(untilAborted(late, controller.signal));
  controller.abort();
  expect((await waiting).code).toBe('ABORTED');
  reject(new Error('too late'));
  await new Promise((resolve) => setImmediate(resolve));
});

test('many waits leave no listener', async () => {
  const { signal } = new AbortController();
  const warnings: unknown[] = [];
  const note = (warning: unknown) => void warnings.push(warning);
  process.on('warning', note);
  let sum = 0;
  for await (const value of pull(
    Array.from({ length: 100 }, (_, index) => index),
    signal,
  ))
    sum += value;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(sum).toBe(4950);
  expect(warnings).toStrictEqual([]);
});

test('leaving the loop calls return() of the iterator', async () => {
  const calls: string[] = [];
  const items: Iterable<number> = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: 1, done: false }),
      return() {
        calls.push('return');
        return { value: undefined, done: true };
      },
    }),
  };
  for await (const value of pull(items, new AbortController().signal)) {
    expect(value).toBe(1);
    break;
  }
  expect(calls).toStrictEqual(['return']);
});

test('ignores the rejection of a promise after an earlier abort', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  let reject: (error: Error) => void = () => {};
  const late = new Promise<never>((_, fail) => {
    reject = fail;
  });
  expect((await failureOf(untilAborted(late, AbortSignal.abort()))).code).toBe('ABORTED');
  reject(new Error('too late'));
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toStrictEqual([]);
});
