/** Limits, profiles, lifetimes and storage as functions of the tenant. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FolderJobsOptions, type Jobs, openJobs, SluiceError } from '../../src/jobs.js';
import { objects } from '../../src/sources/objects.js';
import { openServer } from '../http/checked-server.js';
import { jobsIn } from './jobs-in.js';
import { startedAtOnce } from './started-at-once.js';

let folder = '';
let open: Jobs[] = [];
let time = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-terms-'));
  time = Date.UTC(2026, 0, 1);
});
afterEach(async () => {
  for (const jobs of open) await jobs.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<FolderJobsOptions>): Promise<Jobs> {
  const source = () => objects([{ id: 'a', type: 'x' }]);
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source, now: () => time, ...options });
  open.push(jobs);
  return jobs;
}

async function done(jobs: Jobs, tenant: string) {
  const mine = jobs.forTenant(tenant);
  const { job } = await mine.submit({ request: {} });
  return mine.waitFor(job.id, { timeoutMs: 60_000 });
}

describe('limits', () => {
  const limits = async (tenant: string) => (tenant === 'small' ? { running: 1, queued: 2 } : undefined);

  test('of running and of queued jobs are those of the tenant, also after a restart', async () => {
    const { source, atOnce } = startedAtOnce();
    const first = await opened({ limits, concurrency: 10, source });
    for (const tenant of ['small', 'small', 'small', 'large', 'large', 'large']) {
      await first.forTenant(tenant).submit({ request: {} });
    }
    expect(await atOnce(4)).toStrictEqual(['large', 'large', 'large', 'small']);
    await expect(first.forTenant('small').submit({ request: {} })).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      message: expect.stringContaining('2 jobs are queued'),
    });
    await first.close();
    const again = startedAtOnce();
    await opened({ limits, concurrency: 10, source: again.source });
    expect(await again.atOnce(4)).toStrictEqual(['large', 'large', 'large', 'small']);
  });

  test('of records and bytes are those of the tenant', async () => {
    const jobs = await opened({ limits: (tenant) => (tenant === 'small' ? { records: 0 } : { bytes: 0 }) });
    expect((await done(jobs, 'small')).error?.code).toBe('QUOTA_EXCEEDED');
    await expect(jobs.forTenant('none').submit({ request: {} })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });
});

test('profiles and the packing are those of the tenant', async () => {
  const profile = { name: 'lines', format: 'ndjson', pack: 'zip' } as const;
  const jobs = await opened({
    plan: (tenant) => (tenant === 'acme' ? { profiles: [profile] } : { format: 'ndjson', pack: 'none' }),
  });
  const acme = jobs.forTenant('acme');
  expect((await acme.profiles()).map(({ name }) => name)).toContain('lines');
  expect((await jobs.forTenant('other').profiles()).map(({ name }) => name)).not.toContain('lines');
  const { job } = await acme.submit({ request: { profile: 'lines' } });
  const ended = await acme.waitFor(job.id, { timeoutMs: 60_000 });
  expect(ended.files[0]?.name).toMatch(/\.zip$/);
  await expect(jobs.forTenant('other').submit({ request: { profile: 'lines' } })).rejects.toMatchObject({
    code: 'UNKNOWN_PROFILE',
  });
  expect((await done(jobs, 'other')).files[0]?.name).toMatch(/\.ndjson$/);
  const body = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
  expect(await text(jobs.forTenant('other').readEntities(body))).toBe('{"id":"a","type":"x"}\n');
  const wrong = { params: { query: { filters: { typesCriterion: 7 } } } };
  await expect(text(acme.readEntities(wrong as never))).rejects.toMatchObject({ code: 'INVALID' });
});

test('results and links live as long as the tenant wants', async () => {
  const jobs = await opened({
    resultTtlMs: (tenant) => (tenant === 'short' ? 1_000 : 100_000),
    linkTtlMs: async (tenant) => (tenant === 'short' ? 2_000 : undefined),
  });
  const [short, long] = [await done(jobs, 'short'), await done(jobs, 'long')];
  expect([short.expiresAt, long.expiresAt]).toStrictEqual([time + 1_000, time + 100_000]);
  const link = await jobs.forTenant('long').createLink(long.id, long.files[0]?.name ?? '');
  expect(link.expiresAt).toBe(time + 100_000);
});

describe('storage', () => {
  test('of each tenant is its own, and is swept like one for all', async () => {
    const results = (tenant: string) => join(folder, tenant.startsWith('a') ? 'shared' : tenant);
    const jobs = await opened({ results, jobTtlMs: 1_000 });
    const [acme, also, other] = [await done(jobs, 'acme'), await done(jobs, 'also'), await done(jobs, 'other')];
    expect((await jobsIn(join(folder, 'shared'))).toSorted()).toStrictEqual([acme.id, also.id].toSorted());
    expect(await jobsIn(join(folder, 'other'))).toStrictEqual([other.id]);
    expect(await readdir(join(folder, 'data'))).not.toContain('results');
    const mine = jobs.forTenant('other');
    expect((await text(await mine.openEnvelope(other.id))).length).toBeGreaterThan(100);
    await jobs.check();
    await mine.cancel(other.id);
    expect(await jobsIn(join(folder, 'other'))).toStrictEqual([]);
    time += 2 * 24 * 60 * 60 * 1000;
    await jobs.sweep();
    expect(await jobsIn(join(folder, 'shared'))).toStrictEqual([]);
  });

  test('that cannot be opened affects its tenant only, and is tried again', async () => {
    let isBroken = true;
    const jobs = await opened({
      results: (tenant) => {
        if (tenant === 'acme' && isBroken) throw new SluiceError('SERVICE_FAILED', 'job', 'the mount is gone');
        return join(folder, 'results');
      },
    });
    await expect(jobs.forTenant('acme').submit({ request: {} })).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect((await done(jobs, 'other')).state).toBe('completed');
    isBroken = false;
    expect((await done(jobs, 'acme')).state).toBe('completed');
  });
});

describe('a function of the tenant', () => {
  test('says null for a tenant that does not exist, which is 403', async () => {
    const jobs = await opened({ limits: (tenant) => (tenant === 'acme' ? {} : null) });
    const server = await openServer({ jobs });
    const body = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
    const submit = (token: string) =>
      server.post('/api/rsConnectService/downloadDataJob', body, { authorization: `Bearer ${token}` });
    const refused = await submit('other-token');
    expect([refused.statusCode, refused.json().dataObjectOperationResponse.statusDetail]).toMatchObject([
      403,
      { sluiceCode: 'NO_SUCH_TENANT', message: 'Permission Denied: the tenant other does not exist here' },
    ]);
    expect((await submit('acme-token')).statusCode).toBe(200);
    await server.app.close();
  });

  test('that returns null as the source fails the job', async () => {
    const jobs = await opened({ source: () => null });
    expect((await done(jobs, 'acme')).error).toMatchObject({ code: 'NO_SUCH_TENANT' });
  });

  test.each<[string, Partial<FolderJobsOptions>, string]>([
    [
      'throws',
      { limits: () => Promise.reject(new Error('a typo')) },
      'the function of the option limits failed: a typo',
    ],
    ['misspells a limit', { limits: () => ({ runing: 1 }) as never }, 'limits.runing'],
    ['returns no time', { resultTtlMs: () => '1d' as never }, 'resultTtlMs'],
    ['returns no place', { results: () => undefined }, 'results'],
    ['decides what belongs to jobs', { plan: () => ({ id: 'x' }) as never }, 'is decided by each job'],
    ['returns an unknown profile', { plan: () => ({ profiles: [{ name: 'x', format: 'pdf' }] }) as never }, 'format'],
  ])('that %s is at fault, not the request', async (_, options, message) => {
    const jobs = await opened(options);
    await expect(jobs.forTenant('acme').submit({ request: {} })).rejects.toMatchObject({
      code: 'CALLBACK_FAILED',
      message: expect.stringContaining(message),
    });
  });

  test('is asked once in 30 seconds, and again after an error', async () => {
    const asked: string[] = [];
    let isDown = true;
    const jobs = await opened({
      limits: async (tenant) => {
        asked.push(tenant);
        if (isDown) throw new SluiceError('SERVICE_FAILED', 'job', 'the settings are down');
        return {};
      },
    });
    const profiles = (tenant: string) => jobs.forTenant(tenant).profiles();
    await expect(profiles('acme')).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    isDown = false;
    await Promise.all([profiles('acme'), profiles('acme'), profiles('other')]);
    time += 29_000;
    await profiles('acme');
    expect(asked).toStrictEqual(['acme', 'acme', 'other']);
    time += 2_000;
    await profiles('acme');
    expect(asked).toStrictEqual(['acme', 'acme', 'other', 'acme']);
  });
});
