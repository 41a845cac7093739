/** Links over HTTP: for a tenant's own files. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CheckedServer, openServer } from './checked-server.js';
import { CONTENT, FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let jobs: FakeJobs;
let server: CheckedServer;
let id = '';
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, prefix: '/v1' });
  id = await submit();
});
afterEach(() => server.app.close());

async function submit(): Promise<string> {
  await server.post('/v1/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  return jobs.newest;
}

/** Fetches without a token. */
const fetched = (href: string, headers: Record<string, string> = {}) => {
  const { pathname, search } = new URL(href);
  return server.ask({ method: 'GET', url: `${pathname}${search}`, headers: { authorization: '', ...headers } });
};

describe('POST /jobs/{id}/links', () => {
  test('creates a link to the export that needs no token, at an address the client cannot influence', async () => {
    const answer = await server.post(`/v1/jobs/${id}/links`, {}, { host: 'exports.example:8443' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { file, href, expiresAt } = answer.json();
    expect({ file, expiresAt }).toStrictEqual({ file: jobs.fileName, expiresAt: '2030-01-01T00:00:00.000Z' });
    expect(href).toMatch(/^http:\/\/localhost\/v1\/links\//);
    expect((await fetched(href)).rawPayload).toStrictEqual(CONTENT);
  });

  test('needs no body, and accepts the name of a file', async () => {
    const bare = await server.ask({ method: 'POST', url: `/v1/jobs/${id}/links` });
    expect(bare.statusCode).toBe(201);
    expect((await server.post(`/v1/jobs/${id}/links`, { file: jobs.fileName })).statusCode).toBe(201);
    expect((await server.post(`/v1/jobs/${id}/links`, { file: 'other' })).json()).toMatchObject({
      code: 'NO_SUCH_FILE',
    });
  });

  test('links to the storage if that serves files itself', async () => {
    jobs.storage = 'https://storage.example';
    expect((await server.post(`/v1/jobs/${id}/links`, {})).json().href).toBe(`https://storage.example/${id}?sig=x`);
  });

  test.each([
    [{ name: 'x' }, 'UNKNOWN_KEY', 'name'],
    [{ file: 5 }, 'INVALID', 'file'],
    [[], 'INVALID', 'body'],
  ])('refuses %j', async (body, code, path) => {
    const answer = await server.post(`/v1/jobs/${id}/links`, body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code, path });
  });

  test.each([
    ['queued', 409],
    ['failed', 409],
    ['expired', 410],
  ] as const)('of a job that is %s returns %d', async (state, status) => {
    jobs.next = state;
    expect((await server.post(`/v1/jobs/${await submit()}/links`, {})).statusCode).toBe(status);
  });
});
