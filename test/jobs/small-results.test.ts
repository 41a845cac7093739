/** Small results lie in the database of a data directory, with the rows of their jobs; larger ones are files. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { MOST_SMALL_BYTES } from '../../src/jobs/small-results.js';
import { bytes } from '../../src/sources/bytes.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { blobsIn } from './blobs-in.js';
import { jobsIn } from './jobs-in.js';

let folder: string;
let jobs: Jobs;
let time = 1_000_000;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-small-'));
  jobs = await opened();
});
afterEach(async () => {
  await jobs.close();
  await rm(folder, { recursive: true });
});

const LINES = catalog({ seed: 7, form: 'lines', entities: 200 }).bytes;

function opened(): Promise<Jobs> {
  return openJobs({ dataDir: join(folder, 'data'), source: bytes(LINES), now: () => time, resultTtlMs: 1000 });
}

/** Ends jobs whose results have one entity, and all. */
async function ended() {
  const acme = jobs.forTenant('acme');
  const all = [{ maxRecords: 1 }, {}].map(async (request) => {
    const { job } = await acme.submit({
      request: { ...request, profile: { name: 'p', format: 'ndjson', pack: 'none' } },
    });
    return acme.waitFor(job.id);
  });
  return Promise.all(all);
}

test('results are where their size says, whole after the folder is opened again, and go with their jobs', async () => {
  const [small, large] = await ended();
  expect(small.files[0].bytes).toBeLessThan(MOST_SMALL_BYTES);
  expect(large.files[0].bytes).toBeGreaterThan(MOST_SMALL_BYTES);
  expect(await jobsIn(join(folder, 'data', 'results'))).toStrictEqual([large.id]);
  await jobs.close();
  expect([...(await blobsIn(join(folder, 'data'))).keys()].sort()).toStrictEqual([small.id, large.id].sort());
  jobs = await opened();
  const acme = jobs.forTenant('acme');
  const first = LINES.subarray(0, LINES.indexOf('\n') + 1);
  expect(await buffer(await acme.openFile(small.id, small.files[0].name))).toStrictEqual(first);
  const range = { start: 3, end: 11 };
  expect(await buffer(await acme.openFile(small.id, small.files[0].name, range))).toStrictEqual(first.subarray(3, 11));
  expect(await buffer(await acme.openFile(large.id, large.files[0].name))).toStrictEqual(LINES);
  const envelope = await text(await acme.openEnvelope(small.id));
  expect(Buffer.concat(await unwrapEnvelope(bytes(envelope)).toArray())).toStrictEqual(first);
  await acme.deleteResult(small.id);
  await jobs.close();
  expect([...(await blobsIn(join(folder, 'data'))).keys()]).toStrictEqual([large.id]);
  jobs = await opened();
});

test('a small result expires with its job', async () => {
  const [small, large] = await ended();
  time += 1000;
  await jobs.sweep();
  for (const { id } of [small, large]) expect((await jobs.forTenant('acme').get(id)).state).toBe('expired');
  await jobs.close();
  expect((await blobsIn(join(folder, 'data'))).size).toBe(0);
  jobs = await opened();
});
