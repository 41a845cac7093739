/** The diagnostics channels of jobs: attempts with their exports, and changes of state. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import type { ExportTrace } from '../../src/index.js';
import type { AttemptTrace, FolderJobsOptions, JobChange, Jobs } from '../../src/jobs.js';
import { openJobs, type WithFaults } from './with-faults.js';

const ATTEMPTS = tracingChannel<unknown, AttemptTrace>('sluice:attempt');
const EXPORTS = tracingChannel<unknown, ExportTrace>('sluice:export');

let folder = '';
let jobs: Jobs | undefined;
let told: string[] = [];
let attempts: AttemptTrace[] = [];
let exports: ExportTrace[] = [];
let changes: JobChange[] = [];

const NOTHING = { start: () => {}, end: () => {}, asyncStart: () => {}, asyncEnd: () => {}, error: () => {} };
const ofAttempt = {
  ...NOTHING,
  start: (trace: AttemptTrace) => void told.push(`attempt ${trace.epoch} starts`),
  error: (trace: AttemptTrace) => void told.push(`attempt ${trace.epoch} fails`),
  asyncEnd: (trace: AttemptTrace) => {
    told.push(`attempt ${trace.epoch} ends`);
    attempts.push(trace);
  },
};
const ofExport = {
  ...NOTHING,
  start: () => void told.push('export starts'),
  error: () => void told.push('export fails'),
  asyncEnd: (trace: ExportTrace) => {
    told.push('export ends');
    exports.push(trace);
  },
};
const isChange = (message: unknown): message is JobChange =>
  typeof message === 'object' && message !== null && 'state' in message;
const onChange = (message: unknown) => {
  if (isChange(message)) changes.push(message);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-channels-'));
  [told, attempts, exports, changes] = [[], [], [], []];
  ATTEMPTS.subscribe(ofAttempt);
  EXPORTS.subscribe(ofExport);
  subscribe('sluice:job', onChange);
});
afterEach(async () => {
  ATTEMPTS.unsubscribe(ofAttempt);
  EXPORTS.unsubscribe(ofExport);
  unsubscribe('sluice:job', onChange);
  await jobs?.close();
  jobs = undefined;
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
  const source = join(folder, 'catalog.ndjson');
  await writeFile(source, catalog({ seed: 3, form: 'lines', bytes: 3_000_000 }).bytes);
  jobs = await openJobs({ dataDir: join(folder, 'data'), source, slice: { bytes: 500_000 }, ...options });
  return jobs;
}

async function submitted(from: Jobs, tenant = 'acme'): Promise<string> {
  return (await from.forTenant(tenant).submit({ request: { types: ['product'] } })).job.id;
}

test('publishes a job as an attempt with an export', async () => {
  const open = await opened();
  const id = await submitted(open);
  const { receipt } = await open.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  await open.close();
  expect(told).toStrictEqual(['attempt 1 starts', 'export starts', 'export ends', 'attempt 1 ends']);
  expect(attempts).toMatchObject([{ job: id, tenant: 'acme', epoch: 1, state: 'completed' }]);
  expect(exports).toMatchObject([{ id, receipt: { written: receipt?.written } }]);
  expect(changes.map(({ state, epoch }) => [state, epoch])).toStrictEqual([
    ['queued', 0],
    ['running', 1],
    ['completed', 1],
  ]);
  expect(changes.every((change) => change.job === id && change.tenant === 'acme')).toBe(true);
  // The message has exactly these members: no request, no parts.
  const members = ['epoch', 'job', 'state', 'tenant', 'version'];
  expect(changes.map((change) => Object.keys(change).sort())).toStrictEqual([members, members, members]);
});

test('publishes an attempt that yields without a receipt or an error, and leaves its job queued', async () => {
  let other: string | undefined;
  const open = await opened({
    concurrency: 1,
    onFaultPoint: async (point, epoch) => {
      if (point === 'after-checkpoint' && epoch === 1 && other === undefined && jobs) {
        other = '';
        other = await submitted(jobs, 'other');
      }
    },
  });
  const id = await submitted(open);
  await open.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  await open.close();
  const [first, ...later] = attempts.filter(({ job }) => job === id);
  expect(first).toMatchObject({ epoch: 1, state: 'queued' });
  expect(later).toMatchObject([{ epoch: 2, state: 'completed' }]);
  const [left, whole] = exports.filter((one) => one.id === id);
  expect(left).not.toHaveProperty('receipt');
  expect(left).not.toHaveProperty('error');
  expect(whole.receipt).toBeDefined();
  expect(told).not.toContain('export fails');
});

test('publishes a failed attempt with its error, and the state of its job as a change', async () => {
  let failing = true;
  const open = await opened({
    retry: { minDelayMs: 1 },
    source: () => {
      if (!failing) return join(folder, 'catalog.ndjson');
      failing = false;
      return join(folder, 'nothing.ndjson');
    },
  });
  const id = await submitted(open);
  await open.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  await open.close();
  expect(attempts[0]).toMatchObject({ job: id, error: { code: 'NOT_FOUND' } });
  expect(attempts[0]).not.toHaveProperty('state');
  expect(changes.at(-1)).toMatchObject({ state: 'failed', error: { code: 'NOT_FOUND' } });
});

test('starts the export within the context of its attempt', async () => {
  const context = new AsyncLocalStorage<string>();
  ATTEMPTS.start.bindStore(context, ({ job }: AttemptTrace) => job);
  const seen: (string | undefined)[] = [];
  const look = { ...NOTHING, start: () => void seen.push(context.getStore()) };
  EXPORTS.subscribe(look);
  try {
    const open = await opened();
    const ids = await Promise.all([submitted(open), submitted(open, 'other')]);
    await Promise.all([
      open.forTenant('acme').waitFor(ids[0], { timeoutMs: 60_000 }),
      open.forTenant('other').waitFor(ids[1], { timeoutMs: 60_000 }),
    ]);
    await open.close();
    expect(seen.sort()).toStrictEqual(ids.sort());
  } finally {
    EXPORTS.unsubscribe(look);
    ATTEMPTS.start.unbindStore(context);
  }
});
