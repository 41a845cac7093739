/** Deltas as jobs in a folder: each against the one before. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Jobs } from '../../src/jobs/open-jobs.js';
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
