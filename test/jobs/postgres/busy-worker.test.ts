/** A worker that is busy with thousands of keywords keeps its lease and runs other jobs meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Jobs } from '../../../src/jobs.js';
import { openPostgresJobs } from '../../../src/jobs-postgres.js';
import { postgresEntities } from '../../../src/read-postgres.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';

/** Words that do not occur in the entities. */
const KEYWORDS = Array.from({ length: 3000 }, (_, index) => `x${index.toString(36)}y`).join(' ');

describe.skipIf(!POSTGRES)('a busy worker', () => {
  let database: TestDatabase;
  let folder = '';
  let jobs: Jobs | undefined;

  beforeEach(async () => {
    database = await makeDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-busy-'));
    await database.query('CREATE TABLE entities (id int PRIMARY KEY, entity jsonb NOT NULL)');
    await database.query(`INSERT INTO entities SELECT n, jsonb_build_object('id', n::text, 'type', 'product', 'data',
      jsonb_build_object('attributes', jsonb_build_object('a', jsonb_build_object('values', jsonb_build_array(
      jsonb_build_object('value', (SELECT string_agg('w' || n * 200 + m, ' ') FROM generate_series(1, 200) m)))))))
      FROM generate_series(1, 300) n`);
  });
  afterEach(async () => {
    await jobs?.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  test('keeps its lease, and completes a tiny job of another tenant before the large one ends', async () => {
    const { url: connection } = database;
    jobs = await openPostgresJobs({
      ...{ connection, results: folder, leaseMs: 1000, concurrency: 2 },
      // Many repetitions, so that they are fast to make.
      source: () =>
        postgresEntities({ connection, query: 'SELECT entity FROM entities CROSS JOIN generate_series(1, 50)' }),
    });
    const large = jobs.forTenant('large');
    const { job } = await large.submit({
      request: { criteria: { keywords: { keywords: KEYWORDS, operator: '_OR' } } },
    });
    for await (const { state } of large.watch(job.id)) if (state === 'running') break;
    const tiny = jobs.forTenant('tiny');
    const { job: small } = await tiny.submit({ request: { maxRecords: 1 } });
    const done = await tiny.waitFor(small.id, { timeoutMs: 60_000 });
    const meanwhile = await large.get(job.id);
    const ended = await large.waitFor(job.id, { timeoutMs: 60_000 });
    expect(done).toMatchObject({ state: 'completed', epoch: 1 });
    expect(meanwhile.state).toBe('running');
    expect(ended).toMatchObject({ state: 'completedWithNoRecords', epoch: 1, receipt: { read: 15_000 } });
  });
});
