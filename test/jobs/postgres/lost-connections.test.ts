/** Lost and unresponsive connections: what an engine does during an outage and after it. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine, JobRow, Outcome } from '../../../src/jobs/engine.js';
import { Database } from '../../../src/jobs/postgres/database.js';
import { openPostgresEngine } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { watchJob } from '../../../src/jobs/watch-jobs.js';
import { type Line, makeLine } from '../../servers/line.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { claimed, reported } from '../engine-calls.js';

type Options = Parameters<typeof openPostgresEngine>[0];

const DONE: Outcome = { state: 'completed', files: [], expiresAt: Number.MAX_SAFE_INTEGER };

/** Holds the locks of a statement until it is released. */
async function lockOf(url: string, statement: string): Promise<{ release(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await client.query(statement);
  return {
    async release() {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}

describe.skipIf(!POSTGRES)('an engine with lost connections', () => {
  let database: TestDatabase;
  let line: Line;
  let open: JobEngine[] = [];

  beforeEach(async () => {
    database = await makeDatabase();
    line = await makeLine(database.url);
  });
  afterEach(async () => {
    line.release();
    line.mend();
    const closing = open;
    open = [];
    await Promise.all(closing.map((engine) => engine.close()));
    await line.close();
    await database.drop();
  });

  async function opened(options: Partial<Options> = {}): Promise<JobEngine> {
    const engine = await openPostgresEngine({ connection: database.url, ...options });
    open.push(engine);
    return engine;
  }

  async function submit(engine: JobEngine): Promise<string> {
    return (await engine.submit({ id: randomUUID(), tenant: 'acme', request: {} })).row.id;
  }

  /** Ends all connections of engines. */
  async function terminateAll(): Promise<void> {
    await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  }

  /** Changes a job until the change is reported: an engine misses changes before it listens again. */
  async function toldAtLast(by: JobEngine, to: JobEngine, id: string, epoch: number): Promise<void> {
    let heard = false;
    const hearing = reported(to, (row) => row.id === id).then(() => {
      heard = true;
    });
    while (!heard) await by.progress(id, epoch, { ...(await progressOf(by, id)), read: 1 });
    await hearing;
  }

  async function progressOf(engine: JobEngine, id: string): Promise<JobRow['progress']> {
    const row = await engine.get(id);
    if (!row) throw new Error('there is no such job');
    return row.progress;
  }

  test('reconnects after the server ends them: statements succeed, changes are reported, the attempt continues', async () => {
    const [worker, front] = await Promise.all([opened(), opened()]);
    const id = await submit(front);
    await claimed(worker);
    await terminateAll();
    expect(await front.get(id)).toMatchObject({ state: 'running', epoch: 1 });
    await toldAtLast(worker, front, id, 1);
    expect(await worker.finish(id, 1, DONE)).toMatchObject({ state: 'completed', epoch: 1 });
  });

  test('survives a hundred losses: every statement is executed, and no job is lost or done twice', async () => {
    const engine = await opened({ limits: { running: 1_000 } });
    await database.query(`
      CREATE TABLE public.done (id text);
      CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.done VALUES (NEW.id);
        RETURN NULL;
      END $$;
      CREATE TRIGGER watch AFTER UPDATE ON sluice.job FOR EACH ROW
        WHEN (OLD.state = 'running' AND NEW.state = 'completed') EXECUTE FUNCTION public.watch();`);
    const ids = new Set<string>();
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        ids.add(await submit(engine));
        const row = await engine.claim();
        if (row) await engine.finish(row.id, row.epoch, DONE);
      }
    };
    const lanes = Promise.all([work(), work(), work()]);
    for (let ends = 0; ends < 100; ends++) {
      await terminateAll();
      await database.query('SELECT pg_sleep(0.02)');
    }
    isOver = true;
    await lanes;
    // A claim with a lost response is free after its lease.
    await database.query("UPDATE sluice.job SET lease_until = '-infinity' WHERE state = 'running'");
    const count = async () => (await database.query('SELECT count(*)::int AS n FROM public.done'))[0].n;
    await new Promise<void>((resolve, reject) => {
      const look = async () => {
        for (let row = await engine.claim(); row; row = await engine.claim()) {
          await engine.finish(row.id, row.epoch, DONE);
        }
        if ((await count()) === ids.size) resolve();
      };
      engine.events.on('turn', () => void look().catch(reject));
    });
    expect(await database.query('SELECT id FROM sluice.job WHERE state <> $1', ['completed'])).toStrictEqual([]);
    const done = (await database.query('SELECT id FROM public.done')).map(({ id }) => id);
    expect(done.toSorted()).toStrictEqual([...ids].toSorted());
  });

  test('reports after a gap what was changed during it', async () => {
    const deaf = await opened({ connection: line.url });
    const other = await opened();
    const id = await submit(other);
    await claimed(other);
    // Once it has heard of the last change, nothing is pending.
    const last = randomUUID();
    const heard = reported(deaf, (row) => row.id === last);
    await other.submit({ id: last, tenant: 'acme', request: {} });
    await heard;
    const watched: string[] = [];
    let watching: () => void = () => {};
    const watches = new Promise<void>((resolve) => {
      watching = resolve;
    });
    const watch = (async () => {
      for await (const { state } of watchJob(deaf, id, 0, [])) {
        watched.push(state);
        watching();
      }
    })();
    await watches;
    line.cut();
    await other.finish(id, 1, DONE);
    line.mend();
    await watch;
    expect(watched).toStrictEqual(['running', 'completed']);
  });

  test('learns within a few renewals that its job was cancelled, even without notifications', async () => {
    const worker = await opened({ connection: line.url, leaseMs: 1_000 });
    const front = await opened();
    const id = await submit(front);
    await claimed(worker);
    // The listening connection is ended again and again.
    let listening = true;
    const deafened = (async () => {
      while (listening) {
        await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'LISTEN%'`);
      }
    })();
    const cancelled = reported(worker, (row) => row.id === id && row.state === 'cancelled');
    await front.cancel(id);
    await cancelled;
    listening = false;
    await deafened;
  });

  test('fails health checks at once, until there is a connection again', async () => {
    const engine = await opened({ connection: line.url, leaseMs: 200 });
    await engine.check();
    line.cut();
    await expect(engine.check()).rejects.toMatchObject({ code: 'SERVICE_FAILED', stage: 'job' });
    line.mend();
    await engine.check();
  });

  test('fails health checks on a read-only database', async () => {
    const url = new URL(line.url);
    url.searchParams.set('options', '-c default_transaction_read_only=on');
    const readOnly = new Database({ driver: { Pool, Client }, config: { connectionString: url.href }, urgentMs: 1000 });
    await expect(readOnly.requireWritable()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    await readOnly.close();
  });

  test('reports an error without the password', async () => {
    const url = new URL(line.url);
    url.username = 'sluice';
    url.password = 'very-secret';
    const engine = await opened({ connection: url.href, leaseMs: 200 });
    line.cut();
    const failure: unknown = await engine.get(randomUUID()).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'SERVICE_FAILED', stage: 'job' });
    expect(`${failure} ${JSON.stringify(failure)}`).not.toContain('very-secret');
    const refused: unknown = await opened({ connection: url.href }).catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ code: 'SERVICE_FAILED' });
    expect(`${refused} ${JSON.stringify(refused)}`).not.toContain('very-secret');
  });

  test.each(['ended', 'silent'] as const)('closes while they are %s, and then holds nothing', async (how) => {
    const engine = await openPostgresEngine({ connection: line.url, leaseMs: 500 });
    engine.events.on('turn', () => {});
    await submit(engine);
    await claimed(engine);
    if (how === 'ended') line.cut();
    else line.hold();
    await engine.close();
  });

  test('closes while it connects to a server that accepts connections and does not respond', async () => {
    const engine = await openPostgresEngine({ connection: line.url, leaseMs: 500 });
    line.cut();
    while (line.connections > 0) await turn();
    line.hold();
    line.mend();
    // The listening connection is replaced.
    while (line.connections === 0) await turn();
    await engine.close();
  });

  test('leaves no abandoned statement waiting in the server', async () => {
    const worker = await opened();
    await submit(worker);
    const held = await lockOf(database.url, 'SELECT FROM sluice.tenant FOR UPDATE');
    await expect(worker.claim()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    const left = (await database.query(waiting))[0];
    await held.release();
    expect(left).toStrictEqual({ n: 0 });
  });

  test('replaces connections that became unresponsive without an end', async () => {
    const worker = await opened({ connection: line.url, leaseMs: 1_000 });
    const id = await submit(worker);
    // No response arrives, as when a firewall drops a connection.
    line.hold();
    const answer = worker.get(id).catch(() => undefined);
    line.abandon();
    await answer;
    await expect.poll(() => worker.get(id).catch(() => undefined), { timeout: 50_000 }).toMatchObject({ id });
  });

  test.each([
    ['all its other statements wait', 'SELECT FROM sluice.tenant FOR UPDATE'],
    ['one of its jobs is locked', 'SELECT FROM sluice.job ORDER BY number LIMIT 1 FOR UPDATE'],
  ])('keeps the leases of its attempts although %s', async (_, statement) => {
    const worker = await opened({ leaseMs: 500 });
    await submit(worker);
    await claimed(worker);
    const id = await submit(worker);
    await claimed(worker);
    const held = await lockOf(database.url, statement);
    // More than it has connections: those of the first case wait for the lock on their tenant.
    const waiting = Array.from({ length: 15 }, () => submit(worker));
    const sql = 'SELECT lease_until > clock_timestamp() AS kept, pg_sleep(0.005) FROM sluice.job WHERE id = $1';
    const kept = new Set<unknown>();
    for (const late = Date.now() + 1_500; Date.now() < late; ) kept.add((await database.query(sql, [id]))[0].kept);
    await held.release();
    await Promise.all(waiting);
    expect(kept).toStrictEqual(new Set([true]));
  });

  test.each([
    ['closed', undefined],
    ['not opened, for want of a connection that listens', 'LISTEN'],
    ['not opened, for want of tickets', 'create_queue'],
  ])('%s does not keep a process alive', async (_, forbidden) => {
    if (forbidden !== undefined) line.forbid(forbidden);
    const door = new URL('../../../dist/jobs/postgres/open-postgres-jobs.js', import.meta.url).href;
    const program = `
      import { openPostgresEngine } from ${JSON.stringify(door)};
      try {
        const engine = await openPostgresEngine({ connection: ${JSON.stringify(line.url)}, leaseMs: 300 });
        engine.events.on('turn', () => {});
        await engine.submit({ id: 'a', tenant: 'acme', request: {} });
        await engine.claim();
        await engine.close();
        console.log('closed');
      } catch (error) {
        console.log(error.code);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await text(child.stdout);
    expect(said.trim()).toBe(forbidden === undefined ? 'closed' : 'SERVICE_FAILED');
  });
});
