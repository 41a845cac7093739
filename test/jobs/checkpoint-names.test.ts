/** Checkpoints of slices without output: unique names prevent that the next one overwrites the last one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SluiceError } from '../../src/terms/errors.js';
import { SILENT } from '../../src/terms/logger.js';
import { openJobs } from './with-faults.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('resumes from the last checkpoint that a row refers to', async () => {
  const source = join(folder, 'catalog.ndjson');
  const lines = Array.from(
    { length: 20_000 },
    (_, index) => `{"id":"${index}","type":"a","pad":"${'x'.repeat(100)}"}\n`,
  );
  await writeFile(source, lines.join(''));
  const told: string[] = [];
  let checkpoints = 0;
  const jobs = await openJobs({
    ...{ dataDir: join(folder, 'data'), source, retry: { minDelayMs: 1 }, slice: { bytes: 1, durationMs: 60_000 } },
    logger: { ...SILENT, warn: (_facts, message) => void told.push(message) },
    onFaultPoint: (point) => {
      if (point !== 'before-checkpoint' || ++checkpoints !== 4) return;
      throw new SluiceError('WRITE_FAILED', 'job', 'the process dies here');
    },
  });
  const acme = jobs.forTenant('acme');
  // The few written records are still in the open deflate block.
  const { job } = await acme.submit({ request: { ids: ['1', '19999', 'none'] } });
  const done = await acme.waitFor(job.id, { timeoutMs: 60_000 });
  await jobs.close();
  expect(done).toMatchObject({ state: 'completed', epoch: 2, receipt: { read: 20_000, written: 2 } });
  expect(told.filter((message) => message.includes('checkpoint'))).toStrictEqual([]);
});
