/** The source as a function of who asks: what it is told, what its errors do, and that it cannot hold anything up. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Jobs, openJobs, SluiceError, type SourceFor, type SourceRequest } from '../../src/jobs.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';

/** Entities of all types, as the documented body says it. */
const ANY = { typesCriterion: ['_ALL'] };

let folder = '';
let open: Jobs[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-source-for-'));
});
afterEach(async () => {
  for (const jobs of open) await jobs.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function openedWith(source: SourceFor): Promise<Jobs> {
  const jobs = await openJobs({
    dataDir: join(folder, 'data'),
    source,
    plan: { format: 'ndjson', pack: 'none' },
    retry: { retries: 2, minDelayMs: 0 },
  });
  open.push(jobs);
  return jobs;
}

/** What a job of a tenant exports: the ids. */
async function exportedBy(jobs: Jobs, tenant: string): Promise<readonly string[]> {
  const mine = jobs.forTenant(tenant);
  const { job } = await mine.submit({ request: {}, submittedBy: 'ann' });
  const ended = await mine.waitFor(job.id, { timeoutMs: 60_000 });
  const lines = await text(await mine.openFile(job.id, ended.files[0]?.name ?? ''));
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).id);
}

/** How the job of a source ends. */
async function endOf(source: SourceFor) {
  const mine = (await openedWith(source)).forTenant('acme');
  const { job } = await mine.submit({ request: {} });
  return mine.waitFor(job.id, { timeoutMs: 60_000 });
}

const ofTenant = (tenant: string) =>
  objects([
    { id: `${tenant}-1`, type: 'x' },
    { id: `${tenant}-2`, type: 'x' },
  ]);

test('each tenant has a source of its own, for jobs and for calls that read entities', async () => {
  const asked: SourceRequest[] = [];
  const jobs = await openedWith(async (one) => {
    asked.push(one);
    return ofTenant(one.tenant);
  });
  expect(await exportedBy(jobs, 'acme')).toStrictEqual(['acme-1', 'acme-2']);
  expect(await exportedBy(jobs, 'other')).toStrictEqual(['other-1', 'other-2']);
  const body = { params: { query: { ids: ['other-2'], filters: ANY } } };
  expect(await text(jobs.forTenant('other').readEntities(body))).toBe('{"id":"other-2","type":"x"}\n');
  expect(asked.map(({ tenant, job }) => [tenant, job?.tenant, job?.facts?.submittedBy, job?.state])).toStrictEqual([
    ['acme', 'acme', 'ann', 'running'],
    ['other', 'other', 'ann', 'running'],
    ['other', undefined, undefined, undefined],
  ]);
  expect(asked.map(({ request }) => request)).toStrictEqual([{}, {}, body]);
  expect(asked[0].signal).toBeInstanceOf(AbortSignal);
});

test('a source that narrows itself learns what is selected, also where it is opened late', async () => {
  const narrowed: unknown[] = [];
  const source: Source = {
    ...ofTenant('acme'),
    narrow: ({ select }) => {
      narrowed.push(select.ids);
      return ofTenant('acme');
    },
  };
  const jobs = await openedWith(() => source);
  await text(jobs.forTenant('acme').readEntities({ params: { query: { ids: ['acme-1'], filters: ANY } } }));
  expect(narrowed).toStrictEqual([['acme-1']]);
});

describe('an error', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });

  test.each<[string, unknown]>([
    ['of a service that is down', new SluiceError('SERVICE_FAILED', 'read', 'the catalog is down')],
    ['of a connection', refused],
    ['of fetch', new TypeError('fetch failed', { cause: refused })],
  ])('%s is retried', async (_, error) => {
    let attempts = 0;
    const ended = await endOf(async () => {
      if (++attempts < 3) throw error;
      return ofTenant('acme');
    });
    expect([ended.state, attempts]).toStrictEqual(['completed', 3]);
  });

  test.each<[string, unknown, string]>([
    ['of any kind', new Error('a typo'), 'CALLBACK_FAILED'],
    ['that is final', new SluiceError('PERMISSION_DENIED', 'read', 'the catalog is not yours'), 'PERMISSION_DENIED'],
  ])('%s fails the job at once', async (_, error, code) => {
    let attempts = 0;
    const ended = await endOf(() => {
      attempts++;
      throw error;
    });
    expect([ended.state, ended.error?.code, attempts]).toStrictEqual(['failed', code, 1]);
  });

  test('is that of the stream where entities are read', async () => {
    const jobs = await openedWith(() => Promise.reject(new Error('a typo')));
    const reading = text(jobs.forTenant('acme').readEntities({ params: { query: { filters: ANY } } }));
    await expect(reading).rejects.toMatchObject({
      code: 'CALLBACK_FAILED',
      message: expect.stringContaining('a typo'),
    });
  });

  test('of another job does not affect a tenant', async () => {
    const jobs = await openedWith(({ tenant }) => {
      if (tenant === 'broken') throw new Error('a typo');
      return ofTenant(tenant);
    });
    await jobs.forTenant('broken').submit({ request: {} });
    expect(await exportedBy(jobs, 'acme')).toStrictEqual(['acme-1', 'acme-2']);
  });
});

test('what is no source fails the job by a sentence', async () => {
  const ended = await endOf((() => 7) as unknown as SourceFor);
  expect(ended.error).toMatchObject({ code: 'INVALID', message: expect.stringContaining('source must be') });
});

describe('a function that never returns', () => {
  function silent() {
    let asked: (one: SourceRequest) => void = () => {};
    const asking = new Promise<SourceRequest>((resolve) => {
      asked = resolve;
    });
    const source: SourceFor = (one) => {
      asked(one);
      return new Promise(() => {});
    };
    return { source, asking };
  }

  test('does not hold up a cancellation, and is told of it', async () => {
    const { source, asking } = silent();
    const mine = (await openedWith(source)).forTenant('acme');
    const { job } = await mine.submit({ request: {} });
    const { signal } = await asking;
    expect((await mine.cancel(job.id)).state).toBe('cancelled');
    expect(signal.aborted).toBe(true);
  });

  test('does not hold up a shutdown, after which its job is queued', async () => {
    const { source, asking } = silent();
    const jobs = await openedWith(source);
    const { job } = await jobs.forTenant('acme').submit({ request: {} });
    await asking;
    await jobs.close();
    const again = await openedWith(({ tenant }) => ofTenant(tenant));
    const ended = await again.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 });
    expect([ended.state, ended.epoch]).toStrictEqual(['completed', 2]);
  });

  test('does not hold up a reader who leaves', async () => {
    const { source, asking } = silent();
    const mine = (await openedWith(source)).forTenant('acme');
    const leaving = new AbortController();
    const reading = text(mine.readEntities({ params: { query: { filters: ANY } } }, { signal: leaving.signal }));
    await asking;
    leaving.abort();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
