/** Activities: what a process reports of its own work. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import type { FolderJobsOptions, Jobs } from '../../src/jobs.js';
import { SluiceError } from '../../src/terms/errors.js';
import { openJobs, type WithFaults } from './with-faults.js';

let folder = '';
let jobs: Jobs;
let told: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-activity-'));
  await writeFile(join(folder, 'catalog'), catalog({ seed: 5, form: 'lines', bytes: 5_000_000 }).bytes);
  told = [];
});
afterEach(async () => {
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
  const source = join(folder, 'catalog');
  jobs = await openJobs({ dataDir: join(folder, 'data'), source, slice: { bytes: 10_000 }, ...options });
  jobs.onActivity((activity, { state, epoch }) => void told.push(`${activity} ${state} ${epoch}`));
  return jobs;
}

async function submitted(idempotencyKey = 'one'): Promise<string> {
  return (await jobs.forTenant('acme').submit({ request: {}, idempotencyKey })).job.id;
}

test('reports a job from submission to end, and a repeated submission not at all', async () => {
  await opened();
  const id = await submitted();
  await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  expect(await submitted()).toBe(id);
  await jobs.close();
  expect(told.filter((one) => !one.startsWith('progressed'))).toStrictEqual([
    ...['submitted queued 0', 'started running 1', 'finished completed 1', 'attemptEnded running 1'],
  ]);
  expect(told.filter((one) => one.startsWith('progressed')).length).toBeGreaterThan(1);
});

test('reports the cancellation of a queued job once, however often it is cancelled', async () => {
  await opened({ concurrency: 0 });
  const id = await submitted();
  expect(await jobs.counts()).toStrictEqual({ queued: 1, running: 0 });
  expect(await jobs.countsByTenant()).toMatchObject([{ queued: 1, running: 0 }]);
  await jobs.forTenant('acme').cancel(id);
  await jobs.forTenant('acme').cancel(id);
  expect(told).toStrictEqual(['submitted queued 0', 'cancelled cancelled 0']);
  expect(await jobs.counts()).toStrictEqual({ queued: 0, running: 0 });
  expect(await jobs.countsByTenant()).toStrictEqual([]);
});

test('reports the end of an attempt whose job was cancelled, but not as finished', async () => {
  await opened({
    onFaultPoint: async (point) => {
      if (point !== 'before-finish') return;
      const [job] = (await jobs.forTenant('acme').list()).jobs;
      // Not awaited: the cancellation itself waits for this attempt.
      void jobs.forTenant('acme').cancel(job.id);
      await new Promise<void>((resolve) => {
        jobs.onActivity((activity) => activity === 'cancelled' && resolve());
      });
    },
  });
  const id = await submitted();
  await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  await jobs.close();
  expect(told.filter((one) => /^(finished|cancelled|attemptEnded)/.test(one))).toStrictEqual([
    ...['cancelled cancelled 1', 'attemptEnded running 1'],
  ]);
});

test('reports a failed attempt as retried, and the last one as finished', async () => {
  await opened({
    retry: { retries: 1, minDelayMs: 1 },
    onFaultPoint: (point) => {
      if (point === 'after-claim') throw new SluiceError('READ_FAILED', 'read', 'EIO');
    },
  });
  const id = await submitted();
  await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  await jobs.close();
  expect(told.filter((one) => !/^(progressed|submitted)/.test(one))).toStrictEqual([
    ...['started running 1', 'retried queued 1', 'attemptEnded running 1'],
    ...['started running 2', 'finished failed 2', 'attemptEnded running 2'],
  ]);
});

test('reports the public form of a job', async () => {
  await opened();
  const members = new Set<string>();
  jobs.onActivity((_, job) => {
    for (const name of Object.keys(job)) members.add(name);
  });
  await jobs.forTenant('acme').waitFor(await submitted('secret'), { timeoutMs: 60_000 });
  expect(members).toContain('receipt');
  for (const inner of ['idempotencyKey', 'checkpoint', 'notBefore']) expect(members).not.toContain(inner);
});

test('reports nothing after unsubscribing', async () => {
  await opened({ concurrency: 0 });
  const more: string[] = [];
  const quiet = jobs.onActivity((activity) => void more.push(activity));
  await submitted('one');
  quiet();
  await submitted('two');
  expect(more).toStrictEqual(['submitted']);
});
