/** Functions of the options that never return, or whose service is down. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { returnedOf } from '../../src/jobs/function-failed.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('a function that never returns is a service that failed, after half a minute', async () => {
  const waiting = returnedOf('limits', () => new Promise(() => {}));
  const refused = expect(waiting).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringContaining('option limits has not returned within 30 s'),
  });
  await vi.advanceTimersByTimeAsync(30_000);
  await refused;
});

test('a function whose service is down fails as a service, one with a fault as a function', async () => {
  const down = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  await expect(returnedOf('plan', down)).rejects.toMatchObject({ code: 'SERVICE_FAILED', stage: 'job' });
  const faulty = () => Promise.reject(new TypeError('x is undefined'));
  await expect(returnedOf('plan', faulty)).rejects.toMatchObject({ code: 'CALLBACK_FAILED' });
  expect(await returnedOf('plan', () => 5)).toBe(5);
  expect(vi.getTimerCount()).toBe(0);
});
