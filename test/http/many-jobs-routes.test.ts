/** Lists by filters, and what is done to all jobs that match one, over jobs in a folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Jobs, openJobs } from '../../src/jobs.js';
import { type CheckedServer, OTHER, openServer } from './checked-server.js';

let folder: string;
let jobs: Jobs;
let server: CheckedServer;
let time: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-many-'));
  time = Date.UTC(2026, 0, 1);
  // No job runs: their states are those that the test makes.
  jobs = await openJobs({ dataDir: folder, source: '{"id":"1"}', concurrency: 0, now: () => time });
  server = await openServer({ jobs, prefix: '/v1' });
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function submit(request: object, headers: Record<string, string> = {}): Promise<string> {
  time += 60_000;
  const answer = await server.post('/v1/jobs', { request }, headers);
  expect(answer.statusCode).toBe(201);
  return answer.json().id;
}

const listed = async (query: string): Promise<readonly string[]> =>
  (await server.get(`/v1/jobs?${query}`)).json().jobs.map(({ id }: { id: string }) => id);

test('filters select jobs by state, type, profile, user, time and text, and pages keep them', async () => {
  const chairs = await submit({ types: ['Chair', 'sofa'], fileName: 'Seats' }, { 'x-rdp-userid': 'Ann' });
  const tables = await submit({ types: 'table' }, { 'x-rdp-userid': 'bob' });
  const body = {
    params: { query: { filters: { typesCriterion: ['_ALL'] } }, rsconnect: { profiles: ['downloadDataDSV'] } },
  };
  const all = await submit(body);
  await server.ask({ method: 'DELETE', url: `/v1/jobs/${tables}` });
  expect(await listed('state=queued')).toStrictEqual([all, chairs]);
  expect(await listed('state=cancelled&state=running')).toStrictEqual([tables]);
  expect(await listed('type=CHAIR')).toStrictEqual([chairs]);
  expect(await listed('type=sofa&type=table')).toStrictEqual([tables, chairs]);
  expect(await listed('profile=DownloaddataDSV')).toStrictEqual([all]);
  expect(await listed('user=ann')).toStrictEqual([chairs]);
  expect(await listed('text=seats')).toStrictEqual([chairs]);
  expect(await listed(`text=${all}`)).toStrictEqual([all]);
  expect(await listed('from=2026-01-01T00:02:00Z')).toStrictEqual([all, tables]);
  expect(await listed('from=2026-01-01T00:02:00Z&to=2026-01-01T01:02:00%2B01:00')).toStrictEqual([tables]);
  const page = (await server.get('/v1/jobs?state=queued&state=cancelled&limit=1&type=sofa&type=table')).json();
  expect(page.jobs[0]).toMatchObject({ id: tables, types: ['table'], userId: 'bob', submittedBy: 'bob', priority: 0 });
  await server.ask({ method: 'DELETE', url: `/v1/jobs/${tables}` });
  expect((await server.get(page.next)).json().jobs).toMatchObject([{ id: chairs }]);
  expect((await server.get('/v1/jobs/tally?text=%7B')).json()).toStrictEqual({ total: 2, states: { queued: 2 } });
});

test.each([
  ['state=done', 'query.state'],
  ['from=yesterday', 'query.from'],
  ['to=2026-13-01', 'query.to'],
  ['text=', 'query.text'],
  ['after=x', 'after'],
])('a list with ?%s is refused by its path', async (query, path) => {
  const answer = await server.get(`/v1/jobs?${query}`);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().path ?? answer.json().faults[0].path).toBe(path);
});

test('all jobs that match are cancelled or deleted, those of the tenant only, and the answer says how many', async () => {
  const chair = await submit({ types: 'chair' });
  await submit({ types: 'table' });
  const theirs = await submit({ types: 'chair' }, { authorization: `Bearer ${OTHER}` });
  const filter = { types: ['chair'] };
  expect((await server.post('/v1/jobs/delete', filter)).json()).toStrictEqual({ matched: 0, done: 0 });
  expect((await server.post('/v1/jobs/cancel', filter)).json()).toStrictEqual({ matched: 1, done: 1 });
  expect((await server.post('/v1/jobs/cancel', filter)).json()).toStrictEqual({ matched: 0, done: 0 });
  expect((await server.get(`/v1/jobs/${chair}`)).json().state).toBe('cancelled');
  expect((await server.post('/v1/jobs/delete', { from: '2026-01-01' })).json()).toStrictEqual({ matched: 1, done: 1 });
  expect((await server.get('/v1/jobs/tally')).json()).toStrictEqual({ total: 1, states: { queued: 1 } });
  const { state } = (await server.get(`/v1/jobs/${theirs}`, { authorization: `Bearer ${OTHER}` })).json();
  expect(state).toBe('queued');
});

test('an empty filter, which would mean everything, and unknown tests are refused', async () => {
  const [nul, lone] = [['a\0b'], ['\ud800']];
  const bodies = [{}, { state: ['queued'] }, { states: ['done'] }, { from: 5 }, { from: '2026-02-30' }, []];
  for (const body of [
    ...bodies,
    { users: nul },
    { profiles: nul },
    { types: nul },
    { profiles: lone },
    { text: '\ud800' },
  ]) {
    for (const action of ['cancel', 'delete']) {
      expect((await server.post(`/v1/jobs/${action}`, body)).statusCode).toBe(400);
    }
  }
});

test('a job is repeated, and names the earlier one', async () => {
  const headers = { 'x-rdp-userid': 'ann' };
  const first = (await server.post('/v1/jobs', { request: { types: 'chair' }, priority: 3 }, headers)).json();
  const again = await server.post(`/v1/jobs/${first.id}/rerun`, {}, { 'idempotency-key': 'k' });
  expect(again.statusCode).toBe(201);
  expect(again.json()).toMatchObject({ rerunOf: first.id, request: first.request, priority: 3, userId: 'ann' });
  expect(again.headers.location).toBe(`/v1/jobs/${again.json().id}`);
  const same = await server.post(`/v1/jobs/${first.id}/rerun`, {}, { 'idempotency-key': 'k' });
  expect([same.statusCode, same.json().id]).toStrictEqual([200, again.json().id]);
  const other = await server.post(`/v1/jobs/${first.id}/rerun`, { priority: -1 });
  expect(other.json()).toMatchObject({ priority: -1 });
  expect((await server.post(`/v1/jobs/${first.id}/rerun`, { priority: 1000 })).json().faults[0].path).toBe('priority');
  expect((await server.post('/v1/jobs/none/rerun', {})).statusCode).toBe(404);
});

test('a request is explained before it is submitted, or its faults are named by their paths', async () => {
  const request = { types: ['chair'], sort: 'price.amount desc', skip: 2, fields: { include: ['id'] } };
  const { lines, fileName } = (await server.post('/v1/explain', { request })).json();
  expect(lines.join('\n')).toContain('price.amount');
  expect(fileName).toBe('ID_out.zip');
  const faulty = { request: { types: 5, criteria: { fields: { price: { gte: 1, near: 1 } } } } };
  for (const url of ['/v1/explain', '/v1/jobs']) {
    const answer = await server.post(url, faulty);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().faults.map(({ path }: { path: string }) => path)).toStrictEqual([
      'types',
      'criteria.fields.price.near',
    ]);
  }
  expect((await server.get('/v1/jobs')).json().jobs).toStrictEqual([]);
  for (const body of [{}, { types: ['x'] }, 'null', { request: {}, webhoo: 1 }]) {
    expect((await server.post('/v1/explain', body)).statusCode).toBe(400);
  }
});
