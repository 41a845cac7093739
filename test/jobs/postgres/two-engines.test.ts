/** Several engines over one database share jobs, limits and changes. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine, JobRow, Outcome } from '../../../src/jobs/engine.js';
import type { JobProgress } from '../../../src/jobs/job.js';
import { openPostgresEngine } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { type Line, makeLine } from '../../servers/line.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { claimed, reported } from '../engine-calls.js';

type Options = Parameters<typeof openPostgresEngine>[0];

const PROGRESS: JobProgress = { read: 5, written: 3, bytesIn: 700, bytesPerSecond: 10, recordsPerSecond: 1 };
const CHECKPOINT = {
  state: { name: 'state-00001-e1', bytes: 3 },
  parts: [{ name: 'part-00000-e1', bytes: 9 }],
  rejects: [],
};
const DONE: Outcome = { state: 'completed', files: [], expiresAt: Number.MAX_SAFE_INTEGER };

describe.skipIf(!POSTGRES)('engines over one database', () => {
  let database: TestDatabase;
  let open: JobEngine[] = [];
  let lines: Line[] = [];

  beforeEach(async () => {
    database = await makeDatabase();
  });
  afterEach(async () => {
    const closing = open;
    open = [];
    await Promise.all(closing.map((engine) => engine.close()));
    await Promise.all(lines.map((line) => line.close()));
    lines = [];
    await database.drop();
  });

  async function opened(options: Partial<Options> = {}): Promise<JobEngine> {
    const engine = await openPostgresEngine({ connection: database.url, ...options });
    open.push(engine);
    return engine;
  }

  /** An engine that can be held like a stopped process: nothing of it arrives until it is released. */
  async function openedOnLine(options: Partial<Options> = {}): Promise<{ engine: JobEngine; line: Line }> {
    const line = await makeLine(database.url);
    lines.push(line);
    return { engine: await opened({ ...options, connection: line.url }), line };
  }

  test('tell which processes run jobs, and until when they have the leases', async () => {
    const [service, worker] = [await opened(), await opened()];
    worker.events.on('turn', () => {});
    await expect.poll(() => service.workers(), { timeout: 30_000 }).toHaveLength(1);
    const id = await submit(service);
    await worker.claim();
    const [{ host, pid, startedAt, seenAt, jobs }] = (await service.workers()) ?? [];
    expect([pid, host.length > 0, seenAt >= startedAt]).toStrictEqual([process.pid, true, true]);
    expect(jobs).toStrictEqual([{ id, tenant: 'acme', leaseUntil: expect.any(Number) }]);
    expect(jobs[0].leaseUntil).toBeGreaterThan(startedAt);
    open = [service];
    await worker.close();
    expect(await service.workers()).toStrictEqual([]);
    expect((await service.history(id)).events).toMatchObject([{ kind: 'started' }, { kind: 'requeued' }]);
  });

  async function submit(engine: JobEngine, tenant = 'acme', idempotencyKey?: string): Promise<string> {
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return (await engine.submit({ id: randomUUID(), tenant, request: {}, ...key })).row.id;
  }

  /** Claims as a runner does: now and at each turn, until a job matches. */
  function claimedInTurn(engine: JobEngine): Promise<JobRow> {
    return new Promise((resolve, reject) => {
      const look = () =>
        void engine.claim().then((row) => {
          if (!row) return;
          quiet();
          resolve(row);
        }, reject);
      const quiet = engine.events.on('turn', look);
      look();
    });
  }

  test('claim each job once, with any number of concurrent claims', async () => {
    const engines = await Promise.all(Array.from({ length: 4 }, () => opened({ limits: { running: 100 } })));
    for (let count = 0; count < 40; count++) await submit(engines[count % 4], `tenant ${count % 7}`);
    const claims = await Promise.all(Array.from({ length: 60 }, (_, index) => engines[index % 4].claim()));
    const rows = claims.filter((row) => row !== undefined);
    expect(rows).toHaveLength(40);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(40);
    expect(rows.every(({ state, epoch }) => state === 'running' && epoch === 1)).toBe(true);
  });

  test('respect the limit of running jobs of a tenant during concurrent claims', async () => {
    const limits = { running: 3 };
    const engines = await Promise.all([opened({ limits }), opened({ limits }), opened({ limits })]);
    // The database itself counts after every claim.
    await database.query(`
      CREATE TABLE public.most (running bigint);
      CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.most SELECT count(*) FROM sluice.job WHERE tenant = NEW.tenant AND state = 'running';
        RETURN NULL;
      END $$;
      CREATE TRIGGER watch AFTER UPDATE ON sluice.job FOR EACH ROW EXECUTE FUNCTION public.watch();`);
    for (let count = 0; count < 30; count++) await submit(engines[0], count % 2 === 0 ? 'even' : 'odd');
    let done = 0;
    const lane = async (engine: JobEngine) => {
      while (done < 30) {
        const row = await engine.claim();
        if (!row) continue;
        await engine.finish(row.id, row.epoch, DONE);
        done++;
      }
    };
    await Promise.all(engines.flatMap((engine) => [lane(engine), lane(engine), lane(engine), lane(engine)]));
    // A transaction sees committed rows and its own: the limit must have been reached, but not exceeded.
    expect(await database.query('SELECT max(running)::int AS most FROM public.most')).toStrictEqual([{ most: 3 }]);
    expect(done).toBe(30);
  });

  test('use a slot that another engine has freed', async () => {
    const limits = { running: 1 };
    const [one, other] = await Promise.all([opened({ limits }), opened({ limits })]);
    const first = await submit(one);
    const second = await submit(one);
    expect((await claimed(one)).id).toBe(first);
    expect(await other.claim()).toBeUndefined();
    const next = claimedInTurn(other);
    await one.finish(first, 1, DONE);
    expect((await next).id).toBe(second);
  });

  test('share the limit of queued jobs', async () => {
    const limits = { queued: 5 };
    const engines = await Promise.all([opened({ limits }), opened({ limits }), opened({ limits })]);
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => submit(engines[index % 3])));
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  test('share the turns of tenants', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    for (const tenant of ['a', 'a', 'a', 'b', 'b', 'c']) await submit(one, tenant);
    const tenants: string[] = [];
    for (const engine of [one, other, other, one, other, one]) tenants.push((await claimed(engine)).tenant);
    expect(tenants).toStrictEqual(['a', 'b', 'c', 'a', 'b', 'a']);
  });

  test('hear which jobs the other one has deleted, and of which tenant', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    const heard: object[] = [];
    one.events.on('removed', ({ id, tenant }) => heard.push({ id, tenant }));
    const tenant = 'a "tenant" -{with signs}';
    const id = await submit(other, tenant);
    await other.cancel(id);
    await other.remove(id);
    await expect.poll(() => heard, { timeout: 20_000 }).toStrictEqual([{ id, tenant }]);
  });

  test('serve the jobs of a tenant in the order of submission', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    const ids = [await submit(one), await submit(other), await submit(one)];
    expect([(await claimed(other)).id, (await claimed(one)).id, (await claimed(other)).id]).toStrictEqual(ids);
    expect((await other.list('acme', 10)).rows.map(({ id }) => id)).toStrictEqual(ids.toReversed());
  });

  test('see queued jobs that another engine has accepted', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    await submit(one, 'a');
    expect(await other.othersWait('a')).toBe(false);
    expect(await other.othersWait('b')).toBe(true);
  });

  test('create one job for concurrent submissions under one key', async () => {
    const engines = await Promise.all([opened(), opened(), opened()]);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        engines[index % 3].submit({ id: randomUUID(), tenant: 'acme', request: { a: 1 }, idempotencyKey: 'same' }),
      ),
    );
    expect(new Set(answers.map(({ row }) => row.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    const different = { id: randomUUID(), tenant: 'acme', request: { a: 2 }, idempotencyKey: 'same' };
    await expect(engines[1].submit(different)).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  test('share one secret', async () => {
    const engines = await Promise.all([opened(), opened(), opened()]);
    const secrets = await Promise.all(engines.flatMap((engine) => [engine.secret(), engine.secret()]));
    expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
  });

  test('report changes to each other, with increasing versions', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    const heard: [string, number][] = [];
    other.events.on('change', ({ state, version }) => void heard.push([state, version]));
    const over = reported(other, ({ state }) => state === 'completed');
    const running = reported(other, ({ state }) => state === 'running');
    const id = await submit(one);
    await claimed(one);
    await running;
    await one.checkpoint(id, 1, CHECKPOINT, PROGRESS);
    await one.finish(id, 1, DONE);
    expect(await over).toStrictEqual(await one.look(id));
    const versions = heard.map(([, version]) => version);
    expect(versions).toStrictEqual(versions.toSorted((a, b) => a - b));
    expect(heard.at(-1)).toStrictEqual(['completed', 4]);
  });

  test.each([
    ['unchanged', ''],
    ['with a given application_name', '?application_name=somebody'],
  ])('report their own changes once, without an echo: the address %s', async (_, more) => {
    const [one, other] = await Promise.all([opened({ connection: `${database.url}${more}` }), opened()]);
    const heard: number[] = [];
    one.events.on('change', ({ version }) => void heard.push(version));
    const id = await submit(one);
    await claimed(one);
    await one.progress(id, 1, PROGRESS);
    // The reply of the other engine comes after all echoes.
    const back = reported(one, ({ state }) => state === 'cancelled');
    await other.cancel(id);
    await back;
    expect(heard).toStrictEqual([1, 2, 3, 4]);
  });

  test('never report an older version, even if writes overlap', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    const heard = new Map<JobEngine, number[]>([
      [one, []],
      [other, []],
    ]);
    for (const [engine, versions] of heard) engine.events.on('change', ({ version }) => void versions.push(version));
    const id = await submit(one);
    await claimed(one);
    const over = reported(other, ({ state }) => state === 'completed');
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 8 }, () => one.progress(id, 1, PROGRESS)));
    }
    await one.finish(id, 1, DONE);
    await over;
    for (const versions of heard.values()) expect(versions).toStrictEqual(versions.toSorted((a, b) => a - b));
  });

  test('report a cancelled job to the engine that runs it, and refuse its writes', async () => {
    const [front, worker] = await Promise.all([opened(), opened()]);
    const id = await submit(front);
    await claimed(worker);
    const cancelled = reported(worker, ({ state }) => state === 'cancelled');
    await front.cancel(id);
    expect(await cancelled).toMatchObject({ id, epoch: 1 });
    await expect(worker.checkpoint(id, 1, CHECKPOINT, PROGRESS)).rejects.toMatchObject({ code: 'SUPERSEDED' });
    await expect(worker.finish(id, 1, DONE)).rejects.toMatchObject({ code: 'SUPERSEDED' });
  });

  test('wake up runners for a job that another engine has accepted', async () => {
    const [front, worker] = await Promise.all([opened(), opened()]);
    const next = claimedInTurn(worker);
    const id = await submit(front);
    expect((await next).id).toBe(id);
  });

  test('claim a delayed job in time that another engine has requeued', async () => {
    const [one, other] = await Promise.all([opened(), opened()]);
    const id = await submit(one);
    await claimed(one);
    const notBefore = Date.now() + 700;
    await one.requeue(id, 1, { error: { code: 'READ_FAILED', message: 'x' }, notBefore });
    const row = await claimedInTurn(other);
    expect(row).toMatchObject({ id, epoch: 2, failures: 1 });
    expect(Date.now()).toBeGreaterThanOrEqual(notBefore);
  });

  test('claim a job whose delay comes from a clock that was set back', async () => {
    const engine = await opened();
    const id = await submit(engine);
    await claimed(engine);
    const notBefore = Date.now() + 10 * 60 * 60 * 1000;
    await engine.requeue(id, 1, { error: { code: 'READ_FAILED', message: 'x' }, notBefore });
    expect(await claimedInTurn(engine)).toMatchObject({ id, epoch: 2, failures: 1 });
  });

  describe('an engine with a stopped process', () => {
    test('loses its job after the lease; its later writes are refused', async () => {
      const { engine: stopped, line } = await openedOnLine({ leaseMs: 400 });
      const other = await opened({ leaseMs: 400 });
      const id = await submit(stopped);
      await claimed(stopped);
      await stopped.checkpoint(id, 1, CHECKPOINT, PROGRESS);
      line.hold();
      // These are in flight when it is stopped, and arrive after the job was reclaimed.
      const late = Promise.allSettled([
        stopped.checkpoint(id, 1, { ...CHECKPOINT, parts: [] }, PROGRESS),
        stopped.progress(id, 1, { ...PROGRESS, read: 1_000_000 }),
        stopped.finish(id, 1, DONE),
        stopped.requeue(id, 1),
      ]);
      const row = await claimedInTurn(other);
      expect(row).toMatchObject({ id, epoch: 2, checkpoint: CHECKPOINT, progress: PROGRESS });
      line.release();
      for (const write of await late) expect(write).toMatchObject({ reason: { code: 'SUPERSEDED' } });
      expect(await other.get(id)).toMatchObject({ state: 'running', epoch: 2, checkpoint: CHECKPOINT });
      await other.finish(id, 2, DONE);
      expect(await other.get(id)).toMatchObject({ state: 'completed', epoch: 2 });
    });

    test('learns afterwards that it has lost its job', async () => {
      const { engine: stopped, line } = await openedOnLine({ leaseMs: 400 });
      const other = await opened({ leaseMs: 400 });
      const id = await submit(stopped);
      await claimed(stopped);
      const lost = reported(stopped, (row) => row.id === id && row.epoch === 2);
      line.hold();
      await claimedInTurn(other);
      line.release();
      expect(await lost).toMatchObject({ state: 'running' });
    });

    test('does not block claims, submissions and cancellations of other engines', async () => {
      const { engine: stopped, line } = await openedOnLine({ leaseMs: 400 });
      const other = await opened({ leaseMs: 400 });
      await submit(stopped);
      await submit(stopped);
      await claimed(stopped);
      // Its statements for the tenant are in flight, without a response.
      line.hold();
      const pending = Promise.allSettled([stopped.claim(), submit(stopped, 'acme', 'key'), stopped.expire()]);
      const id = await submit(other, 'acme', 'key');
      expect((await claimed(other)).tenant).toBe('acme');
      expect(await other.cancel(id)).toMatchObject({ state: 'cancelled' });
      line.release();
      await pending;
    });
  });

  test('renew a lease while they live, however long a slice takes', async () => {
    const worker = await opened({ leaseMs: 300 });
    const other = await opened({ leaseMs: 300 });
    const looked: (JobRow | undefined)[] = [];
    const id = await submit(worker);
    await claimed(worker);
    // For ten leases, the other engine polls at each turn.
    let rings = 0;
    await new Promise<void>((resolve) => {
      const quiet = other.events.on('turn', () => {
        void other.claim().then((row) => looked.push(row));
        if (++rings < 3) return;
        quiet();
        resolve();
      });
    });
    expect(looked.filter((row) => row !== undefined)).toStrictEqual([]);
    expect(await other.get(id)).toMatchObject({ state: 'running', epoch: 1 });
  });

  test('release unfinished claims when they close', async () => {
    const [one, other] = await Promise.all([opened({ leaseMs: 3_600_000 }), opened()]);
    const id = await submit(one);
    await claimed(one);
    const next = claimedInTurn(other);
    open = [other];
    await one.close();
    expect(await next).toMatchObject({ id, epoch: 2 });
  });

  test('let the lease of an attempt end after its last write failed', async () => {
    const { engine: one, line } = await openedOnLine({ leaseMs: 300 });
    const other = await opened({ leaseMs: 300 });
    const id = await submit(one);
    await claimed(one);
    line.cut();
    await expect(one.finish(id, 1, DONE)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    line.mend();
    expect(await claimedInTurn(other)).toMatchObject({ id, epoch: 2 });
  });
});
