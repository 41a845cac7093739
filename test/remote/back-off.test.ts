/** Retries: their number, their delays, and aborts. */
import { expect, test } from 'vitest';
import { BackOff, Outage, PROGRESS_BYTES } from '../../src/remote/back-off.js';

const NEVER = new AbortController().signal;
const outage = (waitMs?: number) => new Outage('SERVICE_FAILED', 'out', waitMs === undefined ? {} : { waitMs });

test('grows the delays up to the maximum, or uses those that the service states', async () => {
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

test('is reset by enough bytes since the last failure, and not by a few', async () => {
  const backOff = new BackOff({ retries: 1, wait: async () => {} }, NEVER);
  for (let round = 0; round < 3; round++) {
    await backOff.after(outage());
    backOff.progress(PROGRESS_BYTES - 1);
    backOff.progress(1);
  }
  await backOff.after(outage());
  backOff.progress(PROGRESS_BYTES - 1);
  await expect(backOff.after(outage())).rejects.toThrow('out');
});

test('aborts a delay with the stage of the connection', async () => {
  const abort = new AbortController();
  const waiting = new BackOff({ minDelayMs: 1_000_000 }, abort.signal, 'read').after(outage());
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', stage: 'read' });
});

test('does not retry permanent failures', async () => {
  const failure = new Error('other');
  await expect(new BackOff({}, NEVER).after(failure)).rejects.toBe(failure);
});
