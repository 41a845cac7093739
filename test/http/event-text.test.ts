/** The text of a stream of events without changes. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventText } from '../../src/http/event-text.js';
import type { JobSummary } from '../../src/jobs/job.js';
import { FakeJobs } from './fake-jobs.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('sends comments to keep a silent stream alive, and loses no change', async () => {
  const jobs = new FakeJobs();
  jobs.next = 'queued';
  const tenant = jobs.forTenant('acme');
  const { job } = await tenant.submit({ request: { types: ['product'] } });
  const text = eventText(tenant.watch(job.id), ({ version, state }: JobSummary) => `${version} ${state}`);
  const next = async () => (await text.next()).value;
  expect(await next()).toBe('retry: 1000\n\n');
  expect(await next()).toBe('1 queued');
  for (let silence = 0; silence < 3; silence++) {
    const comment = next();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await comment).toBe(': keep-alive\n\n');
  }
  const change = next();
  jobs.end(job.id, 'completed');
  expect(await change).toBe('2 completed');
  expect((await text.next()).done).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('fails the stream if watching fails', async () => {
  const jobs = new FakeJobs();
  const text = eventText(jobs.forTenant('acme').watch('none'), () => '');
  await text.next();
  await expect(text.next()).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
});
