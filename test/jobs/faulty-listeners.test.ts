/** Loggers and listeners that throw do not affect jobs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJobs } from '../../src/jobs.js';
import { SILENT } from '../../src/terms/logger.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-faulty-'));
  await writeFile(join(folder, 'entities'), '{"id":"a","type":"product"}\n');
});
afterEach(() => rm(folder, { recursive: true }));

const fault = () => {
  throw new Error('a fault of the application');
};

test('completes a job although the logger throws', async () => {
  const logger = { debug: fault, info: fault, warn: fault, error: fault };
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source: join(folder, 'entities'), logger });
  try {
    const { job } = await jobs.forTenant('acme').submit({ request: {} });
    expect(await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 })).toMatchObject({ state: 'completed' });
  } finally {
    await jobs.close();
  }
});

test.each([
  ['throws', fault],
  ['rejects', async () => fault()],
])('completes a job although a listener %s, and logs that', async (_how, listener) => {
  const logged: [object, string][] = [];
  const logger = { ...SILENT, error: (facts: object, message: string) => void logged.push([facts, message]) };
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source: join(folder, 'entities'), logger });
  try {
    jobs.onActivity(listener);
    const { job } = await jobs.forTenant('acme').submit({ request: {} });
    expect(await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      epoch: 1,
    });
    const message = 'a listener of job events failed: a fault of the application';
    const facts = { code: 'CALLBACK_FAILED', err: expect.objectContaining({ message, stage: 'job' }) };
    expect(logged).toContainEqual([facts, 'a listener of job events has failed']);
  } finally {
    await jobs.close();
  }
});
