/** Schedules of two processes over one database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPostgresEngine } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { makeDatabase, POSTGRES } from '../../servers/postgres-database.js';
import { schedulesOver } from '../schedule-parts.js';

test.skipIf(!POSTGRES)('two processes submit one job for each due time, among many schedules', async () => {
  let time = Date.UTC(2026, 0, 1);
  const now = () => time;
  const database = await makeDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  const limits = { running: 2, queued: 100 };
  const engines = await Promise.all([1, 2].map(() => openPostgresEngine({ connection: database.url, limits, now })));
  const [one, two] = engines.map((engine) => schedulesOver(engine, folder, now));
  const tenants = ['acme', 'other', 'third'];
  for (const tenant of tenants) await one.of(tenant).schedules.add({ everyMs: 60_000, request: {} });
  time += 60_000;
  const counts = await Promise.all([one.scheduler.runDue(), two.scheduler.runDue(), one.scheduler.runDue()]);
  expect(counts.reduce((sum, count) => sum + count)).toBe(3);
  for (const tenant of tenants) expect((await two.of(tenant).list()).jobs).toHaveLength(1);
  await Promise.all(engines.map((engine) => engine.close()));
  await rm(folder, { recursive: true });
  await database.drop();
});
