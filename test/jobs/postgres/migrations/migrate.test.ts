/** Migrations: applied once, and never to tables of a newer version. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine } from '../../../../src/jobs/engine.js';
import { jobs } from '../../../../src/jobs/postgres/migrations/0001-jobs.js';
import { lostAttempts } from '../../../../src/jobs/postgres/migrations/0002-lost-attempts.js';
import { openPostgresEngine } from '../../../../src/jobs/postgres/open-postgres-jobs.js';
import { makeLine } from '../../../servers/line.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../../servers/postgres-database.js';

describe.skipIf(!POSTGRES)('the tables of jobs', () => {
  let database: TestDatabase;
  let open: JobEngine[] = [];

  beforeEach(async () => {
    database = await makeDatabase();
  });
  afterEach(async () => {
    const closing = open;
    open = [];
    await Promise.all(closing.map((engine) => engine.close()));
    await database.drop();
  });

  async function opened(schema?: string): Promise<JobEngine> {
    const engine = await openPostgresEngine({ connection: database.url, ...(schema ? { schema } : {}) });
    open.push(engine);
    return engine;
  }

  const applied = (schema = 'sluice') => database.query(`SELECT version FROM ${schema}.migration ORDER BY version`);

  test('are created by one of many concurrent processes, and work for all', async () => {
    const engines = await Promise.all(Array.from({ length: 8 }, () => opened()));
    const versions = (await applied()).map(({ version }) => version);
    expect(versions).toStrictEqual(versions.map((_, index) => index + 1));
    expect(versions.length).toBeGreaterThan(0);
    for (const [index, engine] of engines.entries()) {
      await engine.submit({ id: `00000000-0000-4000-8000-00000000000${index}`, tenant: 'acme', request: {} });
    }
    expect((await engines[3].list('acme', 20)).rows).toHaveLength(8);
  });

  test('are left unchanged by later processes', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await (await opened()).submit({ id, tenant: 'acme', request: { b: 1, a: 2 } });
    const before = await applied();
    const row = await (await opened()).get(id);
    expect(JSON.stringify(row?.request)).toBe('{"b":1,"a":2}');
    expect(await applied()).toStrictEqual(before);
  });

  test('of a newer version are refused, and left unchanged', async () => {
    await opened();
    await database.query('INSERT INTO sluice.migration (version) VALUES (1000)');
    const before = await applied();
    const refused = opened();
    await expect(refused).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(/newer.*1000/) });
    expect(await applied()).toStrictEqual(before);
  });

  test('of an earlier version keep their jobs, which are found by the profiles that their requests name', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await database.query('CREATE SCHEMA sluice');
    for (const migration of [jobs('sluice'), lostAttempts('sluice')]) await database.query(migration);
    await database.query('CREATE TABLE sluice.migration (version integer PRIMARY KEY, applied_at timestamptz)');
    await database.query('INSERT INTO sluice.migration (version) VALUES (1), (2)');
    await database.query("INSERT INTO sluice.tenant (name) VALUES ('acme')");
    const request = JSON.stringify({ params: { query: {}, rsconnect: { profiles: ['Nightly'] } } });
    await database.query(`INSERT INTO sluice.job
      (id, tenant, request, state, version, epoch, failures, created_at, changed_at, progress, files)
      VALUES ('${id}', 'acme', '${request}', 'queued', 1, 0, 0, 1, 1, '{}', '[]')`);
    const engine = await opened();
    const named = { facts: [{ name: 'profileName', values: ['nightly'] }] } as const;
    expect(await engine.find('acme', named)).toStrictEqual({ ids: [id], total: 1 });
    expect((await engine.look(id))?.facts).toStrictEqual({ profileName: 'Nightly' });
    expect(await engine.find('acme', { facts: [{ name: 'submittedBy' }] })).toStrictEqual({ ids: [], total: 0 });
  });

  test('in different schemas are independent', async () => {
    const [one, other] = await Promise.all([opened('one'), opened('other')]);
    const id = '00000000-0000-4000-8000-000000000000';
    await one.submit({ id, tenant: 'acme', request: {} });
    expect(await other.get(id)).toBeUndefined();
    expect(await other.claim()).toBeUndefined();
    expect(await one.claim()).toMatchObject({ id });
  });

  test.each(['', 'a"b', 'Capital', 'a;drop', 'x'.repeat(41)])('are not put into a schema called %j', async (schema) => {
    const refused = openPostgresEngine({ connection: database.url, schema });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('are created by the next process if one was stopped during the migration', async () => {
    const line = await makeLine(database.url);
    line.holdAt('create_queue');
    const stopped = openPostgresEngine({ connection: line.url }).catch(() => undefined);
    const lock = "SELECT count(*)::int AS n, pg_sleep(0.01) FROM pg_locks WHERE locktype = 'advisory'";
    while ((await database.query(lock))[0].n === 0);
    const next = await opened();
    await next.submit({ id: '00000000-0000-4000-8000-000000000000', tenant: 'acme', request: {} });
    line.release();
    await (await stopped)?.close();
    await line.close();
  });

  test('leave no connection open if they cannot be created', async () => {
    await database.query(`
      CREATE SCHEMA sluice;
      CREATE TABLE sluice.migration (version integer PRIMARY KEY);
      INSERT INTO sluice.migration VALUES (1000)`);
    await expect(opened()).rejects.toMatchObject({ code: 'INVALID' });
    const others = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'sluice %'`;
    await expect.poll(async () => (await database.query(others))[0], { timeout: 10_000 }).toStrictEqual({ n: 0 });
  });
});
