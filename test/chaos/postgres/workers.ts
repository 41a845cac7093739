/** For tests: workers over one database and one folder of results, and checks of their jobs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportEntities } from '../../../src/export/run-export.js';
import { catalog } from '../../../src/generate/catalog.js';
import type { Jobs } from '../../../src/jobs/open-jobs.js';
import { openPostgresJobs } from '../../../src/jobs/postgres/open-postgres-jobs.js';
import { bundledProgram } from '../../bundled-program.js';
import { jobsIn } from '../../jobs/jobs-in.js';
import { makeDatabase, type TestDatabase } from '../../servers/postgres-database.js';
import { died } from '../kill-worker.js';

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));

const PLAN = { level: 1, threads: 1 };
const REQUEST = { types: ['product', 'sku'], fileName: 'chaos' };

/** Minimum of unfinished jobs: a worker should die at work. */
const LEAST_JOBS = 5;

/** Messages of a worker. */
interface Said {
  readonly opened?: number;
  readonly error?: string;
  readonly claimed?: string;
  readonly ended?: string;
}

/** A process that runs jobs. */
export interface Worker {
  readonly process: ChildProcess;
  /** Resolves once it has opened its jobs; rejects if it ends before. */
  readonly opened: Promise<void>;
  /** Its jobs, as far as reported. */
  readonly jobs: ReadonlySet<string>;
}

/** A worker was killed or stopped, with these jobs. */
export interface Loss {
  readonly at: number;
  readonly jobs: readonly string[];
}

/** Outcome of all jobs. */
export interface Reckoning {
  readonly jobs: number;
  /** Acknowledged, but not completed. */
  readonly lost: readonly string[];
  /** Completed more than once. */
  readonly doubled: readonly string[];
  /** Completed, but unreadable or different from an undisturbed export. */
  readonly damaged: readonly string[];
  /** Attempts with the number of another attempt of the same job. */
  readonly twins: number;
  /** Files that belong to no result. */
  readonly leftOver: readonly string[];
  /** Milliseconds from the loss of a worker to the next attempt of each of its jobs. */
  recoveries(losses: readonly Loss[]): readonly number[];
}

export interface Arena {
  /** Starts a worker. */
  start(isUnfenced?: boolean): Worker;
  /** Submits jobs up to the minimum. */
  supply(): Promise<void>;
  /** How often attempts were taken from a worker without a sign of life. */
  reclaims(): Promise<number>;
  /** Waits for the end of all jobs, and checks them. */
  reckon(): Promise<Reckoning>;
  /** Errors that workers have logged. */
  readonly errors: readonly string[];
  dispose(): Promise<void>;
}

/** @param sourceBytes size of the catalog of lines */
export async function makeArena(sourceBytes: number, sliceBytes: number, leaseMs: number): Promise<Arena> {
  const program = await bundledProgram(WORKER);
  const database = await makeDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'sluice-postgres-chaos-'));
  const [source, results] = [join(folder, 'catalog'), join(folder, 'results')];
  await writeFile(source, catalog({ seed: 5, form: 'lines', bytes: sourceBytes }).bytes);
  const { output } = await exportEntities({ ...PLAN, source, request: REQUEST, pack: 'zip' }).toFile(
    join(folder, 'truth.zip'),
  );
  const options = {
    ...{ connection: database.url, results, source, plan: PLAN, leaseMs },
    slice: { bytes: sliceBytes, durationMs: 60_000 },
    limits: { running: 4, queued: 100_000 },
    // Kills are random here, without a limit; the limit of lost attempts is tested elsewhere.
    maxAttempts: 1_000_000,
  };
  const front = await openPostgresJobs({ ...options, concurrency: 0 });
  await recordChanges(database);
  const tenant = front.forTenant('acme');
  const acknowledged: string[] = [];
  const errors: string[] = [];
  const processes: ChildProcess[] = [];

  return {
    errors,
    start(isUnfenced = false) {
      const child = spawn(process.execPath, [program, JSON.stringify({ ...options, concurrency: 2, isUnfenced })], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      processes.push(child);
      const jobs = new Set<string>();
      let isOpen: () => void = () => {};
      const opened = new Promise<void>((resolve, reject) => {
        isOpen = resolve;
        child.once('close', () => reject(new Error('a worker ended before it had opened its jobs')));
      });
      // Workers that are killed early are not awaited.
      opened.catch(() => {});
      child.on('message', (said: Said) => {
        if (said.opened) isOpen();
        if (said.error) errors.push(said.error);
        if (said.claimed) jobs.add(said.claimed);
        if (said.ended) jobs.delete(said.ended);
      });
      return { process: child, opened, jobs };
    },
    async supply() {
      const [{ n }] = await database.query(
        `SELECT count(*)::int AS n FROM sluice.job WHERE state IN ('queued', 'running')`,
      );
      for (let missing = LEAST_JOBS - Number(n); missing > 0; missing--) {
        acknowledged.push((await tenant.submit({ request: REQUEST })).job.id);
      }
    },
    async reclaims() {
      const [{ n }] = await database.query(
        `SELECT count(*)::int AS n FROM public.change WHERE before = 'running' AND state = 'queued'`,
      );
      return Number(n);
    },
    async reckon() {
      const states = new Map<string, string>();
      const damaged: string[] = [];
      for (const id of acknowledged) {
        const { state, files } = await tenant.waitFor(id, { timeoutMs: 240_000 });
        states.set(id, state);
        const whole = files[0]?.sha256 === output.sha256 && (await digestOf(front, id)) === output.sha256;
        if (state === 'completed' && !whole) damaged.push(id);
      }
      const ends = await database.query(
        `SELECT job, count(*)::int AS n FROM public.change WHERE state = 'completed' GROUP BY job`,
      );
      const [{ twins }] = await database.query(`SELECT coalesce(sum(n - 1), 0)::int AS twins FROM
        (SELECT count(*) AS n FROM public.change WHERE before = 'queued' AND state = 'running' GROUP BY job, epoch) AS x`);
      const again = await database.query(
        `SELECT job, (extract(epoch FROM at) * 1000)::float8 AS at FROM public.change
        WHERE before = 'queued' AND state = 'running' AND epoch > 1 ORDER BY at`,
      );
      await front.sweep();
      return {
        jobs: acknowledged.length,
        lost: acknowledged.filter((id) => states.get(id) !== 'completed'),
        doubled: ends.filter(({ n }) => Number(n) > 1).map(({ job }) => String(job)),
        damaged,
        twins: Number(twins),
        leftOver: await leftOver(results),
        recoveries: (losses) =>
          losses
            .flatMap(({ at, jobs }) => {
              const next = jobs.map((id) => again.find((claim) => claim.job === id && Number(claim.at) > at));
              return next.flatMap((claim) => (claim ? [Math.round(Number(claim.at) - at)] : []));
            })
            .sort((a, b) => a - b),
      };
    },
    async dispose() {
      for (const child of processes) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const end = died(child);
        child.kill('SIGKILL');
        await end;
      }
      await front.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A trigger records every change of state, so that only committed ones count. */
async function recordChanges(database: TestDatabase): Promise<void> {
  await database.query(`
    CREATE TABLE public.change (
      number bigserial, job text, before text, state text, epoch integer, at timestamptz DEFAULT clock_timestamp()
    );
    CREATE FUNCTION public.record_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.change (job, before, state, epoch) VALUES (NEW.id, OLD.state, NEW.state, NEW.epoch);
      RETURN NULL;
    END $$;
    CREATE TRIGGER record_change AFTER UPDATE ON sluice.job FOR EACH ROW
      WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION public.record_change();`);
}

async function digestOf(jobs: Jobs, id: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of await jobs.forTenant('acme').openFile(id, 'chaos.zip')) hash.update(chunk);
  } catch (cause) {
    return String(cause);
  }
  return hash.digest('hex');
}

/** Files in the folder of results beyond one part of each number of each job. */
async function leftOver(results: string): Promise<readonly string[]> {
  const odd: string[] = [];
  for (const folder of await jobsIn(results)) {
    const numbers = new Set<string>();
    for (const name of await readdir(join(results, folder))) {
      const number = name.slice(0, 10);
      if (!/^part-\d{5}-e\d+$/.test(name) || numbers.has(number)) odd.push(`${folder}/${name}`);
      numbers.add(number);
    }
  }
  return odd;
}
