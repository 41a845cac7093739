/** Jobs in a database: accepted by one process, run by another one, fetched from any. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { catalog } from '../../../src/generate/catalog.js';
import type { Jobs } from '../../../src/jobs/open-jobs.js';
import type { PostgresJobsOptions } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { SILENT } from '../../../src/terms/logger.js';
import { hasZstd } from '../../../src/zstd/node-zstd.js';
import { type Line, makeLine } from '../../servers/line.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { holdAt } from '../hold-at.js';
import { jobsIn } from '../jobs-in.js';
import { openPostgresJobs, type WithFaults } from '../with-faults.js';

const PLAN = { level: 1, threads: 1 };
const REQUEST = { types: ['product', 'sku'], fileName: 'same' };

describe.skipIf(!POSTGRES)('jobs in a database', () => {
  let database: TestDatabase;
  let line: Line;
  let folder = '';
  let source = '';
  let open: Jobs[] = [];

  beforeEach(async () => {
    database = await makeDatabase();
    line = await makeLine(database.url);
    folder = await mkdtemp(join(tmpdir(), 'sluice-postgres-jobs-'));
    source = join(folder, 'catalog');
    await writeFile(source, catalog({ seed: 9, form: 'lines', bytes: 6_000_000 }).bytes);
  });
  afterEach(async () => {
    line.release();
    line.mend();
    const closing = open;
    open = [];
    await Promise.all(closing.map((jobs) => jobs.close()));
    await line.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function opened(options: Partial<WithFaults<PostgresJobsOptions>> = {}): Promise<Jobs> {
    const jobs = await openPostgresJobs({
      ...{ connection: database.url, results: join(folder, 'results'), source, plan: PLAN },
      slice: { bytes: 500_000 },
      ...options,
    });
    open.push(jobs);
    return jobs;
  }

  const front = () => opened({ concurrency: 0 });

  test('share their results with all processes over the same database, and with no other database', async () => {
    await Promise.all([opened(), opened(), opened()]);
    const other = await makeDatabase();
    try {
      await expect(opened({ connection: other.url })).rejects.toMatchObject({ code: 'NOT_OWNED', stage: 'job' });
      await expect(opened({ schema: 'another' })).rejects.toMatchObject({ code: 'NOT_OWNED', stage: 'job' });
    } finally {
      await other.drop();
    }
  });

  async function truth(): Promise<string | undefined> {
    const options = { ...PLAN, source, request: REQUEST, pack: 'zip' } as const;
    return (await exportEntities(options).toFile(join(folder, 'truth.zip'))).output.sha256;
  }

  async function digestOf(jobs: Jobs, id: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await jobs.forTenant('acme').openFile(id, 'same.zip')) hash.update(chunk);
    return hash.digest('hex');
  }

  async function submitted(jobs: Jobs): Promise<string> {
    return (await jobs.forTenant('acme').submit({ request: REQUEST })).job.id;
  }

  test('accepted by one process and run by another have the result of an export in one call', async () => {
    const [taking] = await Promise.all([front(), opened()]);
    const id = await submitted(taking);
    const job = await taking.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    const sha256 = await truth();
    expect(job).toMatchObject({ state: 'completed', epoch: 1, files: [{ name: 'same.zip', sha256 }] });
    expect(await digestOf(taking, id)).toBe(sha256);
  });

  test('are accepted and run by a role that may only use the tables of another', async () => {
    await front();
    const role = new URL(database.url).pathname.slice(1).replace('sluice', 'user');
    const schemas = 'SCHEMA sluice, sluice_tickets TO';
    await database.query(`CREATE ROLE ${role} LOGIN;
      GRANT USAGE ON ${schemas} ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN ${schemas} ${role};
      GRANT USAGE ON ALL SEQUENCES IN ${schemas} ${role}`);
    const connection = new URL(database.url);
    connection.username = role;
    const jobs = await opened({ connection: connection.href });
    const job = await jobs.forTenant('acme').waitFor(await submitted(jobs), { timeoutMs: 60_000 });
    expect(job).toMatchObject({ state: 'completed' });
    await Promise.all(open.splice(0).map((one) => one.close()));
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('are not run by a process without concurrency', async () => {
    const taking = await front();
    const id = await submitted(taking);
    expect(await taking.forTenant('acme').waitFor(id, { timeoutMs: 0 })).toMatchObject({ state: 'queued', epoch: 0 });
    await opened();
    expect(await taking.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      epoch: 1,
    });
  });

  test('cancelled by one process end in another one, and leave nothing', async () => {
    const held = holdAt('after-checkpoint');
    const [taking, working] = [await front(), await opened({ onFaultPoint: held.hit })];
    const id = await submitted(taking);
    await held.there;
    const seen = working.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    expect(await taking.forTenant('acme').cancel(id)).toMatchObject({ state: 'cancelled' });
    expect(await seen).toMatchObject({ state: 'cancelled' });
    held.release();
    // The shutdown waits for what its attempts still do.
    open = [taking];
    await working.close();
    expect(await taking.forTenant('acme').get(id)).toMatchObject({ state: 'cancelled', epoch: 1 });
    expect(await jobsIn(join(folder, 'results'))).toStrictEqual([]);
  });

  test('are requeued at a shutdown, and resumed by another process after the last slice', async () => {
    const held = holdAt('after-checkpoint');
    const first = await opened({ onFaultPoint: held.hit });
    const id = await submitted(first);
    await held.there;
    const second = await opened();
    open = [second];
    const closed = first.close();
    held.release();
    await closed;
    const job = await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    const sha256 = await truth();
    expect(job).toMatchObject({ state: 'completed', epoch: 2, failures: 0, files: [{ sha256 }] });
    expect(await digestOf(second, id)).toBe(sha256);
    const names = await readdir(join(folder, 'results', id));
    expect(names.some((name) => name.endsWith('-e1'))).toBe(true);
  });

  const OTHERS: readonly (readonly [string, PlanOptions])[] = [
    ['a table, whose rows wait', { format: 'dsv', pack: 'none' }],
    ['a workbook', { format: 'xlsx', pack: 'none' }],
    ...(hasZstd() ? ([['lines in Zstandard', { format: 'ndjson', pack: 'zstd' }]] as const) : []),
  ];
  test.each(OTHERS)('are resumed by another process: %s', async (_what, output) => {
    const held = holdAt('after-checkpoint');
    const plan = { ...PLAN, ...output };
    const first = await opened({ plan, onFaultPoint: held.hit });
    const id = (await first.forTenant('acme').submit({ request: { fileName: 'same' } })).job.id;
    await held.there;
    const second = await opened({ plan });
    open = [second];
    const closed = first.close();
    held.release();
    await closed;
    const job = await second.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
    const whole = await exportEntities({ ...plan, source, id, request: { fileName: 'same' } }).toFile(
      join(folder, 'whole'),
    );
    expect(job).toMatchObject({ state: 'completed', epoch: 2, files: [{ sha256: whole.output.sha256 }] });
    const names = await readdir(join(folder, 'results', id));
    expect(names.filter((name) => !name.startsWith('part-'))).toStrictEqual([]);
  });

  test.each(['before-part', 'before-checkpoint', 'before-finish'] as const)(
    'of an attempt that is cut off %s for longer than its lease go to another process, and are not changed by it',
    async (point) => {
      const held = holdAt(point);
      const cutOff = await opened({ connection: line.url, leaseMs: 400, onFaultPoint: held.hit });
      const id = await submitted(cutOff);
      await held.there;
      line.hold();
      const other = await opened({ leaseMs: 400 });
      held.release();
      const job = await other.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
      const sha256 = await truth();
      expect(job).toMatchObject({ state: 'completed', epoch: 2, files: [{ sha256 }] });
      line.release();
      // After its own shutdown it has heard of everything.
      open = [other];
      await cutOff.close();
      expect(await other.forTenant('acme').get(id)).toStrictEqual(job);
      expect(await digestOf(other, id)).toBe(sha256);
      await other.sweep();
      const names = await readdir(join(folder, 'results', id));
      expect(names.filter((name) => !/^part-\d{5}-e\d$/.test(name))).toStrictEqual([]);
    },
  );

  test('are retried after an outage of the database, by any process', async () => {
    const held = holdAt('before-checkpoint');
    let warned: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      warned = resolve;
    });
    const logger = {
      ...SILENT,
      warn: (_facts: object, text: string) => {
        if (/without effect/.test(text)) warned();
      },
    };
    const { hit: onFaultPoint } = held;
    const working = await opened({ connection: line.url, leaseMs: 300, onFaultPoint, logger });
    const id = await submitted(working);
    await held.there;
    line.cut();
    held.release();
    await ended;
    line.mend();
    expect(await working.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      files: [{ name: 'same.zip' }],
    });
  });

  test('of a single process continue after it was stopped for longer than its lease', async () => {
    const held = holdAt('before-checkpoint');
    const alone = await opened({ connection: line.url, leaseMs: 300, onFaultPoint: held.hit });
    const id = await submitted(alone);
    await held.there;
    line.hold();
    const lease = 'SELECT lease_until < clock_timestamp() AS over, pg_sleep(0.01) FROM sluice.job';
    while (!(await database.query(lease))[0].over);
    line.release();
    held.release();
    const sha256 = await truth();
    expect(await alone.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      files: [{ sha256 }],
    });
    expect(await digestOf(alone, id)).toBe(sha256);
  });

  test('keep the files of attempts in other processes during a sweep', async () => {
    const held = holdAt('after-part');
    const working = await opened({ onFaultPoint: held.hit });
    const sweeping = await front();
    const id = await submitted(working);
    await held.there;
    await sweeping.sweep();
    held.release();
    expect(await sweeping.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'completed',
      epoch: 1,
    });
    await sweeping.sweep();
    expect(await digestOf(sweeping, id)).toBe(await truth());
  });

  test('refuse invalid options before connecting', async () => {
    const refused = { ...{ results: folder, source }, connection: 'postgres://nobody@127.0.0.1:1/none' };
    await expect(openPostgresJobs({ ...refused, leaseMs: 0 })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(openPostgresJobs({ ...refused, plan: { level: 99 } })).rejects.toMatchObject({ code: 'INVALID' });
    await expect(openPostgresJobs({ ...refused, connection: 'no address: secret' })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.not.stringContaining('secret'),
    });
    await expect(openPostgresJobs(refused)).rejects.toMatchObject({ code: 'SERVICE_FAILED', stage: 'job' });
  });
});
