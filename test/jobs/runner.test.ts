/** The runner, with attempts that lose their job, and with failures of the engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobEngine } from '../../src/jobs/engine.js';
import type { FaultHook } from '../../src/jobs/fault-points.js';
import { isEnded, type JobSummary } from '../../src/jobs/job.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { Runner } from '../../src/jobs/runner.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { files } from '../../src/sources/files.js';
import { SluiceError } from '../../src/terms/errors.js';
import { SILENT } from '../../src/terms/logger.js';
import { engineWith } from './engine-with.js';

let folder = '';
let source = '';
let engine: JobEngine;
let runner: Runner | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-runner-'));
  source = join(folder, 'entities');
  await writeFile(source, '{"id":"a","type":"product"}\n'.repeat(50));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
});
afterEach(async () => {
  await runner?.stop();
  await engine.close();
  await rm(folder, { recursive: true });
});

/** Resolves when an attempt has ended without effect. */
let withoutEffect: Promise<void>;

/** Runs jobs in slices of a few entities. */
function run(over: Partial<JobEngine> = {}, hit: FaultHook = () => {}): Runner {
  let tell = () => {};
  withoutEffect = new Promise<void>((resolve) => (tell = resolve));
  const logger = { ...SILENT, warn: () => tell() };
  const store = new DirectoryStore(join(folder, 'results'));
  const quota = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  const terms = { store, plans: new JobPlans({}), quota, resultTtlMs: 60_000 };
  runner = new Runner({
    ...{ engine: engineWith(engine, over), store, hit, termsOf: async () => terms },
    ...{ now: Date.now, logger, concurrency: 4, retry: { retries: 3, minDelayMs: 1 } },
    slice: { bytes: 200, durationMs: 60_000 },
    source: () => files(source),
  });
  return runner;
}

function ended(): Promise<JobSummary> {
  return new Promise((resolve) => {
    const quiet = engine.events.on('change', (row) => {
      if (!isEnded(row.state)) return;
      quiet();
      resolve(row);
    });
  });
}

const submit = () => engine.submit({ id: 'a-job', tenant: 'acme', request: {} });
const failure = () => new SluiceError('SERVICE_FAILED', 'job', 'the database is away');

/** Throws for the first calls of a method, then calls it. */
function failing<Args extends readonly unknown[], Result>(times: number, method: (...args: Args) => Promise<Result>) {
  let left = times;
  return async (...args: Args): Promise<Result> => {
    if (left-- > 0) throw failure();
    return method(...args);
  };
}

test('retries after a short outage of the service', async () => {
  const end = ended();
  run({ checkpoint: failing(1, (...args) => engine.checkpoint(...args)) });
  await submit();
  expect(await end).toMatchObject({ state: 'completed', epoch: 2 });
});

test('requeues a job whose attempt cannot be settled, so that the next attempt takes it', async () => {
  const end = ended();
  run({
    checkpoint: failing(1, (...args) => engine.checkpoint(...args)),
    look: failing(1, (id) => engine.look(id)),
  });
  await submit();
  expect(await end).toMatchObject({ state: 'completed', epoch: 2 });
});

/** Holds the attempts of each epoch at their first checkpoint, until they are released. */
function gates() {
  const made = new Map<number, { arrived: Promise<void>; arrive(): void; released: Promise<void>; release(): void }>();
  const gate = (epoch: number) => {
    const known = made.get(epoch);
    if (known) return known;
    let arrive = () => {};
    let release = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const one = { arrived, arrive, released, release };
    made.set(epoch, one);
    return one;
  };
  const hit: FaultHook = async (point, epoch) => {
    if (point !== 'after-claim') return;
    gate(epoch).arrive();
    await gate(epoch).released;
  };
  return { gate, hit };
}

test('waits for a job that it has lost and claimed again, and can abort it', async () => {
  const { gate, hit } = gates();
  const running = run({}, hit);
  await submit();
  await gate(1).arrived;
  // As after the end of its lease, while the process was stopped.
  await engine.requeue('a-job', 1);
  await gate(2).arrived;
  gate(1).release();
  await withoutEffect;
  for (let turns = 0; turns < 50; turns++) await turn();
  const order: string[] = [];
  await engine.cancel('a-job');
  const aborted = running.abort('a-job').then(() => order.push('aborted'));
  const stopped = running.stop().then(() => order.push('stopped'));
  for (let turns = 0; turns < 50; turns++) await turn();
  order.push('released');
  gate(2).release();
  await Promise.all([aborted, stopped]);
  expect(order[0]).toBe('released');
  expect(order).toHaveLength(3);
});

test('waits with an outcome until the disk has room for it', async () => {
  let left = 3;
  const full = async <T>(write: () => Promise<T>): Promise<T> => {
    if (left-- > 0) throw new SluiceError('DISK_FULL', 'job', 'no room');
    return write();
  };
  const done = ended();
  run({
    checkpoint: (...change) => full(() => engine.checkpoint(...change)),
    requeue: (...change) => full(() => engine.requeue(...change)),
  });
  await submit();
  expect(await done).toMatchObject({ state: 'completed', receipt: { written: 50 } });
  expect(left).toBeLessThan(0);
});

test('runs a job of another tenant at once while one tenant has taken all places', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const begun = new Set<string>();
  const taken = new Promise<void>((resolve) => {
    engine.events.on('change', ({ id, state }) => {
      if (state === 'running' && begun.add(id).size === 4) resolve();
    });
  });
  for (let index = 0; index < 8; index++) await engine.submit({ id: `busy-${index}`, tenant: 'busy', request: {} });
  run({}, async (point) => {
    if (point === 'after-claim' && !begun.has('tiny')) await opened;
  });
  try {
    await taken;
    const first = ended();
    await engine.submit({ id: 'tiny', tenant: 'other', request: {} });
    expect(await first).toMatchObject({ id: 'tiny', state: 'completed' });
    expect([...begun]).toStrictEqual(['busy-0', 'busy-1', 'busy-2', 'busy-3', 'tiny']);
  } finally {
    open();
  }
});
