/** For tests: chains of deltas as jobs, of any engine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { FaultHook } from '../../src/jobs/fault-points.js';
import type { Job } from '../../src/jobs/job.js';
import type { JobsOptions } from '../../src/jobs/jobs-options.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { deferred } from '../../src/terms/deferred.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { ExportRequest } from '../../src/terms/request.js';
import { Replica } from '../delta/chain.js';

/** What all tests of chains open. */
export type ChainOptions = Pick<JobsOptions, 'source' | 'now' | 'resultTtlMs' | 'retry'> & {
  readonly onFaultPoint?: FaultHook;
};

/** Where a chain runs. */
export interface ChainHost {
  readonly folder: string;
  open(options: ChainOptions): Promise<Jobs>;
  /** Names of stored blobs that are an index. */
  indexes(): Promise<readonly string[]>;
}

const DELTA = {
  delta: { against: 'previous' },
  profile: { name: 'lines', format: 'ndjson', pack: 'none' },
} as const satisfies ExportRequest;

/** The catalog of a night: each has changes, new entities, and lacks some. */
function night(number: number): string {
  return Array.from({ length: 300 }, (_, at) => at)
    .filter((at) => at % 10 !== number && at < 200 + 20 * number)
    .map((at) => `${JSON.stringify({ id: `e${at}`, type: 'product', value: at % 7 === number ? number : 0 })}\n`)
    .join('');
}

/** Runs one job of a chain. */
async function ran(jobs: Jobs, request: ExportRequest = DELTA, tenant = 'acme'): Promise<Job> {
  const { job } = await jobs.forTenant(tenant).submit({ request });
  return jobs.forTenant(tenant).waitFor(job.id, { timeoutMs: 60_000 });
}

async function resultOf(jobs: Jobs, { id, files }: Job): Promise<string> {
  expect(files).toHaveLength(1);
  return text(await jobs.forTenant('acme').openFile(id, files[0].name));
}

/** The tests. @param host is called in each of them */
export function testChains(host: () => ChainHost): void {
  const opened = async (options: Partial<ChainOptions> = {}) => {
    const { folder, open } = host();
    const source = join(folder, 'catalog.ndjson');
    const jobs = await open({ source, ...options });
    const at = async (number: number) => writeFile(source, night(number));
    await at(0);
    return { jobs, at };
  };
  const codesOf = ({ receipt }: Job) => receipt?.notes.map(({ code }) => code);

  test('five nights together have what a full export has, and leave one index', async () => {
    const { jobs, at } = await opened();
    const replica = new Replica(true);
    const chain: Job[] = [];
    for (let number = 0; number < 5; number++) {
      await at(number);
      const job = await ran(jobs);
      chain.push(job);
      replica.apply(await resultOf(jobs, job));
    }
    expect(replica.sorted).toEqual(night(4).split('\n').slice(0, -1).sort());
    expect(chain.map(codesOf)).toEqual([['DELTA_IS_FULL'], [], [], [], []]);
    for (const { receipt } of chain.slice(1)) {
      expect(receipt?.delta?.unchanged).toBeGreaterThan(100);
      expect(receipt?.delta?.deleted).toBeGreaterThan(10);
      expect(receipt?.written).toBeLessThan(150);
    }
    expect(await host().indexes()).toHaveLength(1);
  });

  test('chains of other requests, names and tenants are others', async () => {
    const { jobs } = await opened();
    await ran(jobs);
    const others = [
      await ran(jobs, { ...DELTA, types: ['product'] }),
      await ran(jobs, { ...DELTA, delta: { against: 'previous', chain: 'shop' } }),
      await ran(jobs, DELTA, 'other'),
    ];
    expect(others.map(codesOf)).toEqual([['DELTA_IS_FULL'], ['DELTA_IS_FULL'], ['DELTA_IS_FULL']]);
    // A chain has its name, whatever is requested; an index of other fields is not for this delta.
    const named = { ...DELTA, delta: { ...DELTA.delta, chain: 'shop' } };
    expect((await ran(jobs, named)).state).toBe('completedWithNoRecords');
    const renamed = await ran(jobs, { ...named, fields: { include: ['id'] } });
    expect(renamed.receipt?.notes[0]).toMatchObject({ code: 'DELTA_IS_FULL', text: expect.stringContaining('fields') });
  });

  test('an index that expired with its result makes a full export, which says so', async () => {
    let now = Date.now();
    const { jobs } = await opened({ now: () => now, resultTtlMs: 60_000 });
    await ran(jobs);
    now += 61_000;
    await jobs.sweep();
    const job = await ran(jobs);
    expect(job.receipt).toMatchObject({ written: 180, notes: [{ code: 'DELTA_IS_FULL' }] });
    expect(job.receipt?.notes[0].text).toContain('expired');
    expect((await ran(jobs)).receipt?.delta?.unchanged).toBe(180);
  });

  test('without the job before, the next one is complete, and not against one further back', async () => {
    const { jobs, at } = await opened();
    await ran(jobs);
    await at(1);
    const { id } = await ran(jobs);
    await jobs.forTenant('acme').cancel(id);
    await at(2);
    expect((await ran(jobs)).receipt?.delta).toMatchObject({ unchanged: 0, deleted: 0 });
  });

  test('one delta of a chain is unfinished at a time', async () => {
    const gate = deferred<void>();
    const { jobs } = await opened({ onFaultPoint: () => gate.promise });
    const acme = jobs.forTenant('acme');
    const { job } = await acme.submit({ request: DELTA });
    await expect(acme.submit({ request: DELTA })).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      message: expect.stringContaining(job.id),
    });
    const { job: late } = await acme.submit({ request: DELTA, idempotencyKey: 'again' });
    gate.resolve();
    await acme.waitFor(job.id);
    const ended = await acme.waitFor(late.id);
    expect(ended.error?.code ?? ended.receipt?.delta?.unchanged).toSatisfy(
      (found) => found === 'TOO_MANY_REQUESTS' || found === 180,
    );
  });

  test.each(['after-claim', 'before-part', 'before-finish'] as const)(
    'an attempt that fails at %s leaves the chain as it was',
    async (point) => {
      let fails = false;
      const { jobs, at } = await opened({
        retry: { retries: 1, minDelayMs: 1 },
        onFaultPoint(hit) {
          if (!fails || hit !== point) return;
          fails = false;
          throw new SluiceError('READ_FAILED', 'job', 'the power went out');
        },
      });
      const replica = new Replica(true).apply(await resultOf(jobs, await ran(jobs)));
      await at(1);
      fails = true;
      const job = await ran(jobs);
      expect(job).toMatchObject({ epoch: 2, receipt: { delta: { unchanged: expect.any(Number) } } });
      expect(replica.apply(await resultOf(jobs, job)).sorted).toEqual(night(1).split('\n').slice(0, -1).sort());
    },
  );

  test.each([
    ['maxRecords', { ...DELTA, maxRecords: 3 }],
    ['id', { ...DELTA, fields: { include: ['type'] } }],
  ])('is refused at once with a faulty %s', async (what, request) => {
    const { jobs } = await opened();
    await expect(jobs.forTenant('acme').submit({ request })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(what),
    });
  });
}
