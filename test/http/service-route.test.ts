/** What the service says of itself. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bearerTokens, type Identity } from '../../src/http.js';
import { type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  jobs.next = 'queued';
  for (const tenant of ['acme', 'acme', 'other']) await jobs.forTenant(tenant).submit({ request: {} });
  jobs.set(jobs.newest, { state: 'running' });
  const tokens = new Map<string, string | Identity>([
    ['usual', 'acme'],
    ['boss', { tenant: 'acme', rights: ['admin'] }],
    ['writer', { tenant: 'acme', rights: ['submit'] }],
  ]);
  server = await openServer({ jobs, authenticate: bearerTokens(tokens) });
});
afterEach(() => server.app.close());

const as = (token: string) => server.get('/service', { authorization: `Bearer ${token}` });

test('are its version and the profiles that requests can select', async () => {
  const { version, profiles, ...rest } = (await as('usual')).json();
  expect(version).toMatch(/^\d+\.\d+\.\d+/);
  expect(profiles).toContainEqual({ name: 'downloadDataExcel', format: 'xlsx', pack: 'envelope', mode: 'SYNC' });
  expect(rest).toStrictEqual({ space: { results: 3_000_000, rows: 2048, limit: 10_000_000 } });
});

test('is for administrators also what all tenants wait for', async () => {
  expect((await as('boss')).json().all).toStrictEqual({
    queued: 2,
    running: 1,
    tenants: [
      { tenant: 'acme', queued: 2, running: 0 },
      { tenant: 'other', queued: 0, running: 1 },
    ],
  });
  const worker = { id: 'w', host: 'one', pid: 7, startedAt: 0, seenAt: 5_000 };
  jobs.others = [{ ...worker, jobs: [{ id: 'j', tenant: 'other', leaseUntil: 9_000 }] }];
  expect((await as('boss')).json().all.workers).toStrictEqual([
    {
      ...{ id: 'w', host: 'one', pid: 7, startedAt: '1970-01-01T00:00:00.000Z', seenAt: '1970-01-01T00:00:05.000Z' },
      jobs: [{ id: 'j', tenant: 'other', leaseUntil: '1970-01-01T00:00:09.000Z' }],
    },
  ]);
  expect((await as('writer')).statusCode).toBe(403);
});
