/** Deltas over HTTP: submitted like every request of the library form, with their numbers in the receipt. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deferred } from '../../src/terms/deferred.js';
import { openJobs } from '../jobs/with-faults.js';
import { openServer } from './checked-server.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-http-delta-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a chain over HTTP has its numbers, one file a job, and one job at a time', async () => {
  const source = join(folder, 'in.ndjson');
  await writeFile(source, '{"id":"1"}\n{"id":"2"}\n');
  const gate = deferred<void>();
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source, onFaultPoint: () => gate.promise });
  const server = await openServer({ jobs, prefix: '/v1' });
  try {
    const submit = () => server.post('/v1/jobs', { request: { delta: { against: 'previous' } } });
    const first = (await submit()).json().id;
    const refused = await submit();
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS', detail: expect.stringContaining(first) });
    gate.resolve();
    await jobs.forTenant('acme').waitFor(first);
    await writeFile(source, '{"id":"2"}\n{"id":"3"}\n');
    const second = (await submit()).json().id;
    await jobs.forTenant('acme').waitFor(second);
    const job = (await server.get(`/v1/jobs/${second}`)).json();
    expect(job.receipt).toMatchObject({ read: 2, added: 1, written: 2, filtered: 1 });
    expect(job.receipt.delta).toEqual({ new: 1, changed: 0, unchanged: 1, deleted: 1 });
    expect(job.files).toHaveLength(1);
  } finally {
    await server.app.close();
    await jobs.close();
  }
});
