/** Deltas as jobs in a folder, and with results in S3: each against the one before. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { openS3Store } from '../../src/results/s3-store.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';
import { testChains } from './delta-chains.js';
import { openJobs } from './with-faults.js';

let folder = '';
let jobs: Jobs | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-chains-'));
});
afterEach(async () => {
  await jobs?.close();
  await rm(folder, { recursive: true });
});

describe('deltas as jobs in a folder', () => {
  testChains(() => ({
    folder,
    async open(options) {
      jobs = await openJobs({ dataDir: join(folder, 'data'), results: join(folder, 'results'), ...options });
      return jobs;
    },
    async indexes() {
      const names = await readdir(join(folder, 'results'), { recursive: true });
      return names.filter((name) => /(^|\/)index-/.test(name));
    },
  }));
});

describe('deltas as jobs whose results are in S3', () => {
  let s3: TestS3;
  beforeEach(async () => {
    s3 = await startS3();
  });
  afterEach(() => s3.close());

  testChains(() => ({
    folder,
    async open(options) {
      const results = await openS3Store(`s3://${s3.bucket}/jobs`, s3.options);
      jobs = await openJobs({ dataDir: join(folder, 'data'), results, ...options });
      return jobs;
    },
    async indexes() {
      return [...s3.objects.keys()].filter((name) => /(^|\/)index-/.test(name));
    },
  }));
});
