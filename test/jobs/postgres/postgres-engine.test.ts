/** The PostgreSQL engine satisfies the contract of all engines. */
import { describe, expect, test } from 'vitest';
import { LONGEST_WAIT_MS } from '../../../src/jobs/fair-queue.js';
import { attemptsExhausted, LOST_WAIT_MS } from '../../../src/jobs/lost-attempts.js';
import { openPostgresEngine } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { reclaimJobs } from '../../../src/jobs/postgres/statements/reclaim-jobs.js';
import { deliveriesCases } from '../../cases/deliveries.cases.js';
import { jobEngineCases, type MakeEngine } from '../../cases/job-engine.cases.js';
import { jobSearchCases } from '../../cases/job-search.cases.js';
import { schedulesCases } from '../../cases/schedules.cases.js';
import { makeDatabase, POSTGRES } from '../../servers/postgres-database.js';

describe.skipIf(!POSTGRES)('over a database', () => {
  const make: MakeEngine = async (limits, now) => {
    const database = await makeDatabase();
    const open = () => openPostgresEngine({ connection: database.url, limits, now });
    let engine = await open();
    return {
      engine,
      async reopen() {
        await engine.close();
        engine = await open();
        return engine;
      },
      async die() {
        const heard = new Set<unknown>();
        const unsubscribe = engine.events.on('change', ({ id, state }) => state !== 'running' && heard.add(id));
        // In one transaction: the live engine cannot renew the leases in between.
        await database.query('BEGIN');
        const ids = await database.query(
          "UPDATE sluice.job SET lease_until = '-infinity' WHERE state = 'running' RETURNING id",
        );
        const why = JSON.stringify(attemptsExhausted(3));
        const values = [now(), limits.maxAttempts ?? 3, why, now() + LOST_WAIT_MS, now() + LONGEST_WAIT_MS];
        expect(await database.query(reclaimJobs('sluice'), values)).toHaveLength(ids.length);
        await database.query('COMMIT');
        // The engine learns of the change, and of the delay of the job, by a notification.
        await expect.poll(() => ids.every(({ id }) => heard.has(id)), { timeout: 30_000 }).toBe(true);
        unsubscribe();
        return engine;
      },
      async dispose() {
        await engine.close();
        await database.drop();
      },
    };
  };

  jobEngineCases('PostgreSQL', make);
  jobSearchCases('PostgreSQL', make);
  deliveriesCases('PostgreSQL', make);
  schedulesCases('PostgreSQL', make);

  test('skips, counts and logs an unreadable row', async () => {
    const database = await makeDatabase();
    const told: object[] = [];
    const log = (facts: object) => void told.push(facts);
    const logger = { debug: log, info: log, warn: log, error: log };
    const engine = await openPostgresEngine({ connection: database.url, logger });
    const ids = ['1', '2'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
    for (const id of ids) await engine.submit({ id, tenant: 'acme', request: {} });
    await database.query("UPDATE sluice.job SET files = '{}' WHERE id = $1", [ids[0]]);
    expect((await engine.list('acme', 10)).rows.map(({ id }) => id)).toStrictEqual([ids[1]]);
    expect(await engine.counts()).toStrictEqual({ queued: 2, running: 0, setAside: 1 });
    expect(told).toMatchObject([{ job: ids[0], reason: expect.stringContaining(ids[0]) }]);
    await expect(engine.get(ids[0])).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await engine.claim()).toMatchObject({ id: ids[1] });
    await engine.close();
    await database.drop();
  });
});
