/** Patience with a service: how often, how long, and that waiting ends with the signal. */
import { expect, test } from 'vitest';
import { BackOff, Outage } from '../../src/remote/back-off.js';

const NEVER = new AbortController().signal;
const outage = (waitMs?: number) => new Outage('SERVICE_FAILED', 'out', waitMs === undefined ? {} : { waitMs });

test('waits are told to who waits: growing, at most the longest, or what the service asks for', async () => {
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const backOff = new BackOff({ retries: 5, minDelayMs: 100, maxDelayMs: 200, wait }, NEVER);
  for (const waitMs of [undefined, undefined, undefined, undefined, 7000]) await backOff.after(outage(waitMs));
  await expect(backOff.after(outage())).rejects.toThrow('out');
  expect(waits[4]).toBe(7000);
  for (const [index, longest] of [100, 200, 200, 200].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(longest / 2);
    expect(waits[index]).toBeLessThanOrEqual(longest);
  }
});

test('an end of the waiting is an abort, of the step that waits', async () => {
  const abort = new AbortController();
  const waiting = new BackOff({ minDelayMs: 1_000_000 }, abort.signal, 'read').after(outage());
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', stage: 'read' });
});

test('other failures are not waited for', async () => {
  const failure = new Error('other');
  await expect(new BackOff({}, NEVER).after(failure)).rejects.toBe(failure);
});
