/** The documented reading of entities over a service's source: pages, scrolls and their bounds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SluiceHttpOptions } from '../../../src/http/service-options.js';
import { type Jobs, openJobs } from '../../../src/jobs/open-jobs.js';
import { objects } from '../../../src/sources/objects.js';
import { ACME, type CheckedServer, OTHER, openServer } from '../checked-server.js';

const GET = '/api/entityappservice/get';
const CLEAR = '/api/entityappservice/clearscroll';

const ENTITIES = Array.from({ length: 25 }, (_, index) => ({
  id: `e${index}`,
  name: `Entity "${index}"`,
  type: index % 5 === 0 ? 'product' : 'sku',
  properties: { createdDate: '2026-01-01T00:00:00.000+0000' },
  data: { attributes: { color: { values: [{ value: `ro\nt ${index}`, locale: 'en-US', source: 'internal' }] } } },
}));

let folder = '';
let jobs: Jobs;
let server: CheckedServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-entities-'));
  // Pretty-printed: entities with line feeds inside.
  await writeFile(join(folder, 'catalog.json'), JSON.stringify({ entities: ENTITIES }, undefined, 2));
  await open();
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function open(options: Partial<SluiceHttpOptions> = {}): Promise<void> {
  jobs = await openJobs({ dataDir: join(folder, 'data'), source: join(folder, 'catalog.json') });
  server = await openServer({ jobs, ...options });
}

async function reopen(options: Partial<SluiceHttpOptions>): Promise<void> {
  await server.app.close();
  await jobs.close();
  await open(options);
}

const ALL = { filters: { typesCriterion: ['_ALL'] } };
const FIELDS = { attributes: ['_ALL'], relationships: ['_ALL'], properties: ['_ALL'] };

async function get(params: object, headers: Record<string, string> = {}) {
  const answer = await server.post(GET, { params }, headers);
  expect(answer.statusCode, answer.payload).toBe(200);
  const { response }: { response: Page } = answer.json();
  return response;
}

interface Page {
  readonly entities?: readonly { readonly id: string }[];
  readonly totalRecords: number;
  readonly scrollId?: string;
  readonly statusDetail?: { readonly messages: readonly { readonly messageCode: string }[] };
}

const idsOf = ({ entities = [] }: Page) => entities.map(({ id }) => id);

describe('a page', () => {
  test('has the complete entities, and the number of all that are found', async () => {
    const page = await get({ query: ALL, fields: FIELDS, options: { maxRecords: 3 } });
    expect(page.entities).toStrictEqual(ENTITIES.slice(0, 3));
    expect(page).toMatchObject({ status: 'success', totalRecords: 25 });
    const skus = { filters: { typesCriterion: ['sku'] } };
    const second = await get({ query: skus, fields: FIELDS, options: { from: 3, maxRecords: '2' } });
    expect(idsOf(second)).toStrictEqual(['e4', 'e6']);
    expect(second.totalRecords).toBe(20);
    expect(idsOf(await get({ query: ALL, options: { from: 23, to: 50 } }))).toStrictEqual(['e23', 'e24']);
  });

  test('without fields has ids, names and types; without options up to 2000 entities', async () => {
    const page = await get({ query: { id: 'e7', filters: { typesCriterion: ['sku'] } } });
    expect(page.entities).toStrictEqual([{ id: 'e7', name: 'Entity "7"', type: 'sku' }]);
    expect(idsOf(await get({ query: ALL }))).toHaveLength(25);
  });

  test('is the same under the name for conditions on related entities', async () => {
    const params = { query: ALL, fields: FIELDS, options: { maxRecords: 3 } };
    const answer = await server.post('/api/entityappservice/getrelated', { params });
    expect(answer.json().response).toStrictEqual(await get(params));
  });

  test('of nothing succeeds without entities', async () => {
    for (const query of [{ id: 'none', ...ALL }, { filters: { typesCriterion: ['nothing'] } }]) {
      const page = await get({ query, options: { maxRecords: 10 } });
      expect(page.entities).toBeUndefined();
      expect(page.statusDetail?.messages[0].messageCode).toBe('I0012');
      expect(page.totalRecords).toBe(0);
    }
    expect(await get({ query: ALL, options: { from: 25 } })).toStrictEqual({ status: 'success', totalRecords: 25 });
    expect(await get({ query: ALL, options: { maxRecords: 0 } })).toStrictEqual({
      status: 'success',
      totalRecords: 25,
    });
  });

  test.each([
    [{ query: { ...ALL, nonsense: 1 } }, 'params.query.nonsense'],
    [{ query: {}, nonsense: 1 }, 'params.nonsense'],
    [{ query: ALL, rsconnect: { profiles: ['x'] } }, 'params.rsconnect'],
    [{ query: ALL, options: { from: 30_001 } }, 'params.options.from'],
    [{ query: ALL, scrollId: 'a', prepareScroll: true }, 'params.prepareScroll'],
    [{ query: ALL, prepareScroll: true, options: { from: 2 } }, 'params.options.from'],
    [{ scrollId: 'a', nonsense: 1 }, 'params.nonsense'],
    [{ scrollId: 'a', query: 5 }, 'params.query'],
  ])('of %j is refused by its path', async (params, path) => {
    const answer = await server.post(GET, { params });
    expect(answer.statusCode).toBe(400);
    const { faults } = answer.json().response.statusDetail;
    expect(faults.map((fault: { path: string }) => fault.path)).toContain(path);
  });

  test('of a faulty source is an error, without a part of the entities', async () => {
    await writeFile(join(folder, 'catalog.json'), '{"entities":[{"id":"a","type":"sku"},{"id":}]}');
    const answer = await server.post(GET, { params: { query: ALL } });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().response).toMatchObject({ status: 'error', statusDetail: { sluiceCode: 'INVALID_JSON' } });
  });
});

describe('a scroll', () => {
  async function scrollThrough(maxRecords: number): Promise<readonly string[]> {
    const asked = { query: ALL, fields: FIELDS, options: { maxRecords } };
    let page = await get({ ...asked, prepareScroll: true });
    const { scrollId } = page;
    expect(page.totalRecords).toBe(25);
    const ids = [...idsOf(page)];
    for (;;) {
      page = await get({ ...asked, scrollId });
      if (!page.entities) break;
      expect(page.scrollId).toBe(scrollId);
      ids.push(...idsOf(page));
    }
    expect(page.statusDetail?.messages[0].messageCode).toBe('I0012');
    const cleared = await server.post(CLEAR, { params: { scrollId } });
    expect(cleared.json().response.statusDetail.messages[0].messageCode).toBe('I0071');
    return ids;
  }

  test.each([1, 4, 5, 24, 25, 26, 2000])('in pages of %i has each entity once', async (maxRecords) => {
    expect(await scrollThrough(maxRecords)).toStrictEqual(ENTITIES.map(({ id }) => id));
  });

  test('shows what was found at its beginning, whatever happens to the source', async () => {
    const asked = { query: ALL, options: { maxRecords: 20 } };
    const { scrollId } = await get({ ...asked, prepareScroll: true });
    await writeFile(join(folder, 'catalog.json'), JSON.stringify({ entities: ENTITIES.slice(0, 3) }));
    expect(idsOf(await get({ ...asked, scrollId }))).toStrictEqual(['e20', 'e21', 'e22', 'e23', 'e24']);
  });

  test('belongs to its tenant, and is gone once it is cleared', async () => {
    const { scrollId } = await get({ query: ALL, options: { maxRecords: 2 }, prepareScroll: true });
    const next = (headers: Record<string, string> = {}) =>
      server.post(GET, { params: { query: ALL, scrollId } }, headers);
    const theirs = { authorization: `Bearer ${OTHER}` };
    expect((await next(theirs)).statusCode).toBe(404);
    expect((await server.post(CLEAR, { params: { scrollId } }, theirs)).statusCode).toBe(200);
    expect((await next()).statusCode).toBe(200);
    await server.post(CLEAR, { params: { scrollId } });
    const answer = await next();
    expect(answer.statusCode).toBe(404);
    expect(answer.json().response.statusDetail.message).toContain('No search context found');
  });

  test('sends a page again to a client that lost the connection, though nobody knows', async () => {
    const large = Array.from({ length: 8 }, (_, index) => ({
      id: `e${index}`,
      type: 'sku',
      name: 'x'.repeat(1_000_000),
    }));
    await writeFile(join(folder, 'catalog.json'), JSON.stringify({ entities: large }));
    const asked = { query: ALL, options: { maxRecords: 4 } };
    const { scrollId } = await get({ ...asked, prepareScroll: true });
    const stalled = await server.app.inject({
      ...{ method: 'POST', url: GET, payload: { params: { ...asked, scrollId } }, payloadAsStream: true },
      headers: { authorization: `Bearer ${ACME}` },
    });
    expect(stalled.statusCode).toBe(200);
    // Nobody reads the response.
    expect(idsOf(await get({ ...asked, scrollId }))).toStrictEqual(['e4', 'e5', 'e6', 'e7']);
    expect((await get({ ...asked, scrollId })).entities).toBeUndefined();
  });

  test('expires after its lifetime', async () => {
    await reopen({ scrollTtlMs: 1 });
    const { scrollId } = await get({ query: ALL, prepareScroll: true });
    let status = 200;
    while (status === 200) status = (await server.post(GET, { params: { query: ALL, scrollId } })).statusCode;
    expect(status).toBe(404);
  });

  test('beyond the maximum of a tenant is refused until one is cleared', async () => {
    await reopen({ maxScrolls: 2 });
    const begin = () => server.post(GET, { params: { query: ALL, prepareScroll: true } });
    const [first] = [await begin(), await begin()];
    expect((await begin()).statusCode).toBe(429);
    const theirs = await server.post(
      GET,
      { params: { query: ALL, prepareScroll: true } },
      { authorization: `Bearer ${OTHER}` },
    );
    expect(theirs.statusCode).toBe(200);
    await server.post(CLEAR, { params: { scrollId: first.json().response.scrollId } });
    expect((await begin()).statusCode).toBe(200);
  });

  test('beyond the bytes of a tenant is refused, and leaves none behind', async () => {
    await reopen({ maxScrollBytes: 3000 });
    const small = { query: { id: 'e1', ...ALL }, prepareScroll: true };
    const large = { query: ALL, fields: FIELDS, prepareScroll: true };
    for (let count = 0; count < 3; count++) expect((await server.post(GET, { params: large })).statusCode).toBe(403);
    expect(idsOf(await get(small))).toStrictEqual(['e1']);
  });
});

test('calls beyond the maximum of concurrent reads of a tenant are refused until one has ended', async () => {
  await server.app.close();
  await jobs.close();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let begun = () => {};
  const began = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const slow = {
    async *[Symbol.asyncIterator]() {
      begun();
      await released;
      yield { id: 'a', type: 'sku' };
    },
  };
  jobs = await openJobs({ dataDir: join(folder, 'slow'), source: objects(slow) });
  server = await openServer({ jobs, maxReads: 1 });
  const read = (token?: string) =>
    server.post(GET, { params: { query: ALL } }, token === undefined ? {} : { authorization: `Bearer ${token}` });
  const first = read();
  await began;
  expect((await read()).statusCode).toBe(429);
  release();
  expect((await read(OTHER)).statusCode).toBe(200);
  expect((await first).statusCode).toBe(200);
  expect((await read()).statusCode).toBe(200);
});

test('a source that can be read only once is not read, by a sentence', async () => {
  await server.app.close();
  await jobs.close();
  async function* once() {
    yield { id: 'a', type: 'sku' };
  }
  jobs = await openJobs({ dataDir: join(folder, 'once'), source: () => objects(once()) });
  server = await openServer({ jobs });
  const answer = await server.post(GET, { params: { query: ALL } });
  expect(answer.statusCode).toBe(501);
  expect(answer.json().response.statusDetail.message).toContain('only once');
});
