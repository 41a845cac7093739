/** Notes of interrupted jobs in PostgreSQL. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import { interruptedNotesCases } from '../../cases/interrupted-notes.cases.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { openPostgresJobs } from '../with-faults.js';

describe.skipIf(!POSTGRES)('jobs in a database', () => {
  let database: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await makeDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-notes-jobs-'));
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  interruptedNotesCases((options) =>
    openPostgresJobs({ connection: database.url, results: join(folder, 'results'), ...options }),
  );
});
