/** Deltas as jobs in PostgreSQL: each against the one before. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Jobs } from '../../../src/jobs/open-jobs.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { testChains } from '../delta-chains.js';
import { openPostgresJobs } from '../with-faults.js';

describe.skipIf(!POSTGRES)('deltas as jobs in PostgreSQL', () => {
  let database: TestDatabase;
  let folder = '';
  let jobs: Jobs | undefined;

  beforeEach(async () => {
    database = await makeDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-chains-'));
  });
  afterEach(async () => {
    await jobs?.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  testChains(() => ({
    folder,
    async open(options) {
      jobs = await openPostgresJobs({ connection: database.url, results: join(folder, 'results'), ...options });
      return jobs;
    },
    async indexes() {
      const names = await readdir(join(folder, 'results'), { recursive: true });
      return names.filter((name) => /(^|\/)index-/.test(name));
    },
  }));
});
