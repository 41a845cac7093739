/** Links over HTTP: for a tenant's own files, by sluice's own route and by the documented one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CheckedServer, OTHER, openServer } from './checked-server.js';
import { CONTENT, FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };
const PREPARE = '/v1/api/binarystreamobjectservice/prepareDownload';

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

const prepared = (objectKey: string, headers?: Record<string, string>) =>
  server.post(
    PREPARE,
    { binaryStreamObject: { id: 'guid', type: 'binarystreamobject', properties: { objectKey } } },
    headers,
  );

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

describe('prepareDownload', () => {
  test('returns a URL for the fileId of a task', async () => {
    const task = { params: { query: { id } } };
    const { response } = (await server.post('/v1/api/requesttrackingservice/get', task)).json();
    const objectKey: string = response.requestObjects[0].data.attributes.fileId.values[0].value;
    const answer = (await prepared(objectKey)).json();
    expect(answer).toStrictEqual({
      request: { returnRequest: false, requestId: expect.any(String) },
      response: {
        binaryStreamObjects: [
          { id: 'guid', type: 'binarystreamobject', properties: { objectKey, downloadURL: expect.any(String) } },
        ],
        status: 'success',
        totalRecords: 1,
      },
    });
    const { downloadURL } = answer.response.binaryStreamObjects[0].properties;
    expect((await fetched(downloadURL)).rawPayload).toStrictEqual(CONTENT);
  });

  test('does the same with the tenant in the path', async () => {
    const body = { binaryStreamObject: { properties: { objectKey: `${id}/${jobs.fileName}` } } };
    const answer = await server.post(`/v1/acme${PREPARE.slice(3)}`, body);
    expect(answer.json().response.binaryStreamObjects[0].id).toBe(`${id}/${jobs.fileName}`);
  });

  test('finds no object that is missing or of another tenant', async () => {
    const key = `${id}/${jobs.fileName}`;
    const answers = [
      await prepared(key, { authorization: `Bearer ${OTHER}` }),
      await prepared(`${id}/another`),
      await prepared('no key at all'),
      await prepared(`../${key}`),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404);
      expect(answer.json().response).toMatchObject({ status: 'error', statusDetail: { code: 'E0129' } });
    }
  });

  test.each([
    ['expired', 410],
    ['failed', 409],
  ] as const)('of a job that is %s returns %d', async (state, status) => {
    jobs.next = state;
    expect((await prepared(`${await submit()}/x`)).statusCode).toBe(status);
  });

  test('reports all faults of a body', async () => {
    const body = { binaryStreamObject: { kind: 1, type: 'file', properties: { objectKey: 5, more: 1 } }, other: 1 };
    const answer = await server.post(PREPARE, body);
    expect(answer.statusCode).toBe(400);
    const { statusDetail } = answer.json().response;
    expect(statusDetail.code).toBe('AE001');
    expect(statusDetail.faults.map(({ path }: { path: string }) => path).sort()).toStrictEqual([
      'binaryStreamObject.kind',
      'binaryStreamObject.properties.more',
      'binaryStreamObject.properties.objectKey',
      'binaryStreamObject.type',
      'other',
    ]);
    const missing = await server.post(PREPARE, { binaryStreamObject: { properties: {} } });
    expect(missing.json().response.statusDetail.faults[0].path).toBe('binaryStreamObject.properties.objectKey');
  });
});
