/** Cancelling a job that ends at the same time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobEngine, Outcome } from '../../src/jobs/engine.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { StoredJobs } from '../../src/jobs/stored-jobs.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { objects } from '../../src/sources/objects.js';
import { SILENT } from '../../src/terms/logger.js';
import { engineWith } from './engine-with.js';

let folder = '';
let engine: JobEngine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-stored-jobs-'));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const ID = '7b0c3f6e-0d5c-4f4c-9f53-3a3a54e1a001';

/** Jobs of a tenant over an engine in which something happens right before a cancellation. */
function jobsWith(happens: () => Promise<unknown>): StoredJobs {
  const store = new DirectoryStore(join(folder, 'results'));
  const limits = { running: 1, queued: 1, bytes: 1_000_000, records: 1_000_000, rowBytes: 1_000_000 };
  const terms = {
    plans: new JobPlans({}),
    planOptions: {},
    limits,
    limitsAreOwn: false,
    resultTtlMs: 60_000,
    linkTtlMs: 60_000,
    store,
  };
  return new StoredJobs('acme', {
    engine: engineWith(engine, {
      async cancel(id) {
        await happens();
        return engine.cancel(id);
      },
    }),
    ...{ store, termsOf: async () => terms, now: Date.now, logger: SILENT },
    ...{ webhooks: {}, wakeCourier: () => {}, wakeScheduler: () => {} },
    ...{ source: () => objects([]), planOptions: {}, inspecting: new Map() },
    ...{ closing: () => false, closed: new AbortController().signal, abort: async () => {} },
  });
}

const OUTCOMES: readonly Outcome[] = [
  { state: 'completed' },
  { state: 'completedWithNoRecords' },
  { state: 'failed', error: { code: 'READ_FAILED', message: 'the source is gone' } },
];

test.each(OUTCOMES)('deletes a job that ends as $state while it is cancelled', async (outcome) => {
  await engine.submit({ id: ID, tenant: 'acme', request: {} });
  const claimed = await engine.claim();
  const jobs = jobsWith(() => engine.finish(ID, claimed?.epoch ?? 0, outcome));
  const expected = outcome.state === 'failed' ? 'failed' : 'expired';
  expect(await jobs.cancel(ID)).toMatchObject({ id: ID, state: expected });
  await expect(jobs.get(ID)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
});

test('keeps a job in the list as cancelled if it is cancelled twice at once', async () => {
  await engine.submit({ id: ID, tenant: 'acme', request: {} });
  const jobs = jobsWith(() => engine.cancel(ID));
  expect(await jobs.cancel(ID)).toMatchObject({ state: 'cancelled' });
  expect(await jobs.get(ID)).toMatchObject({ state: 'cancelled' });
});

test('does not find a job that is deleted while it is cancelled', async () => {
  await engine.submit({ id: ID, tenant: 'acme', request: {} });
  const jobs = jobsWith(async () => {
    await engine.cancel(ID);
    await engine.remove(ID);
  });
  await expect(jobs.cancel(ID)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
});
