/** What the client does with a service of sluice only: both forms of requests, filters, reruns, explanations. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requestOf } from '../../src/cli/submit.js';
import { type Client, createClient } from '../../src/client.js';
import { sluiceHttp } from '../../src/http.js';
import { type Jobs, openJobs } from '../../src/jobs.js';

let folder: string;
let jobs: Jobs;
let app: FastifyInstance;
let client: Client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-client-'));
  jobs = await openJobs({ dataDir: folder, source: '{"id":"1"}', concurrency: 0 });
  app = fastify();
  await app.register(sluiceHttp, { jobs, authenticate: 'none', prefix: '/v1' });
  client = createClient({ server: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1` });
});
afterEach(async () => {
  await app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

it('submits what flags say that the documented body cannot, and repeats it', async () => {
  const given = { types: ['product'], criteria: { fields: { a: { eq: 1 } } } };
  const flags = { orderBy: ['price desc'], skip: 1, where: ['price >= 10'], fields: ['id', 'price'], maxRecords: 3 };
  const request = requestOf(given, flags);
  const submitted = await client.submit(request, { priority: -3, idempotencyKey: 'once' });
  const again = await client.rerun(submitted.id ?? '', { priority: 2 });
  expect(await client.get(submitted.id ?? '')).toMatchObject({
    priority: -3,
    request: {
      types: ['product'],
      sort: ['price desc'],
      skip: 1,
      maxRecords: 3,
      criteria: { fields: [{ a: { eq: 1 } }, { price: { gte: '10' } }] },
      fields: { include: ['id', 'price'] },
    },
  });
  expect(again).toMatchObject({ rerunOf: submitted.id, priority: 2 });
  expect((await client.explain(request)).lines.join(' ')).toContain('price');
  await expect(client.explain({ types: 1 })).rejects.toMatchObject({ faults: [{ path: 'types' }] });
});

it('refuses flags that a documented body in a file cannot be given', () => {
  const given = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
  expect(() => requestOf(given, { skip: 1 })).toThrow(/form of the library/);
  expect(requestOf(given, {})).toBe(given);
  expect(requestOf({ types: 'x' }, { type: ['y'] })).toStrictEqual({ types: ['y'] });
});

it('lists by filters page by page, and ends all that match', async () => {
  const documented = { params: { query: { filters: { typesCriterion: ['chair'] } } } };
  const ids: (string | undefined)[] = [];
  for (let count = 0; count < 3; count++) ids.push((await client.submit(documented, { respondAsync: true })).id);
  await client.submit({ types: 'table' });
  const first = await client.list({
    types: ['CHAIR'],
    states: ['queued'],
    from: '2020-01-01',
    text: 'chair',
    limit: 2,
  });
  const second = await client.list({ types: ['CHAIR'], limit: 2, after: first.next });
  expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toStrictEqual(ids.reverse());
  expect(second.next).toBeUndefined();
  expect(await client.cancelAll({ types: ['chair'] })).toStrictEqual({ matched: 3, done: 3 });
  expect(await client.deleteAll({ states: ['cancelled'] })).toStrictEqual({ matched: 3, done: 3 });
  await expect(client.deleteAll({})).rejects.toMatchObject({ code: 'INVALID' });
  expect((await client.list()).jobs).toHaveLength(1);
});
