/** Limits of single tenants hold for all processes over a database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Jobs, PerTenant, TenantLimits } from '../../../src/jobs.js';
import { openPostgresJobs } from '../../../src/jobs-postgres.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { startedAtOnce } from '../started-at-once.js';

describe.skipIf(!POSTGRES)('limits of single tenants', () => {
  let database: TestDatabase;
  let folder = '';
  let open: Jobs[] = [];
  beforeEach(async () => {
    database = await makeDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-limits-'));
  });
  afterEach(async () => {
    for (const jobs of open) await jobs.close();
    open = [];
    await database.drop();
    await rm(folder, { recursive: true });
  });

  test('are heeded by workers that did not accept the job, and end with their function', async () => {
    const { source, atOnce } = startedAtOnce();
    const opened = async (concurrency: number, limits?: PerTenant<TenantLimits>) => {
      const jobs = await openPostgresJobs({ connection: database.url, results: folder, source, concurrency, limits });
      open.push(jobs);
      return jobs;
    };
    const limits = (tenant: string) => (tenant === 'small' ? { running: 1, queued: 3 } : { running: 3 });
    const service = await opened(0, limits);
    for (const tenant of ['small', 'small', 'small', 'large', 'large', 'large', 'large']) {
      await service.forTenant(tenant).submit({ request: {} });
    }
    await expect(service.forTenant('small').submit({ request: {} })).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
    });
    const worker = await opened(10, limits);
    expect(await atOnce(4)).toStrictEqual(['large', 'large', 'large', 'small']);
    await worker.close();
    const unlimited = startedAtOnce();
    const jobs = await openPostgresJobs({
      ...{ connection: database.url, results: folder, concurrency: 10, limits: { running: 2 } },
      source: unlimited.source,
    });
    open.push(jobs);
    expect(await unlimited.atOnce(4)).toStrictEqual(['large', 'large', 'small', 'small']);
  });
});
