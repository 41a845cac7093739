/** The documented routes: results, jobs, and errors in the documented shape. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memberAt } from '../../src/options/json-members.js';
import { type CheckedServer, openServer } from './checked-server.js';
import { CONTENT, FakeJobs } from './fake-jobs.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs });
});
afterEach(() => server.app.close());

/** The id in a documented job envelope. */
const idIn = (answer: { json(): { dataObjectOperationResponse: { dataObjects: { properties: object }[] } } }) => {
  const { properties } = answer.json().dataObjectOperationResponse.dataObjects[0];
  return 'workAutomationId' in properties ? String(properties.workAutomationId) : '';
};

describe('downloadDataJob', () => {
  test('returns the envelope if the job ends in time', async () => {
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(200);
    const { response } = answer.json();
    expect(Buffer.from(response.binaryObjects[0].data.blob, 'base64')).toStrictEqual(CONTENT);
    const id = response.binaryObjects[0].properties.workAutomationId;
    expect(answer.headers).toMatchObject({
      location: `/jobs/${id}`,
      'cache-control': 'private, no-store, no-transform',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['preference-applied']).toBeUndefined();
  });

  test('waits for a job that ends during the wait', async () => {
    jobs.next = 'queued';
    const pending = server.post(DOWNLOAD, BODY);
    await jobs.submitted();
    jobs.end(jobs.newest, 'completed');
    expect((await pending).statusCode).toBe(200);
  });

  test('returns the documented job envelope if the job takes longer', async () => {
    jobs.next = 'queued';
    const answer = await server.post(DOWNLOAD, BODY, { prefer: 'wait=0' });
    expect(answer.statusCode).toBe(202);
    const id = jobs.newest;
    expect(answer.headers).toMatchObject({
      location: `/jobs/${id}`,
      'retry-after': '1',
      'preference-applied': 'wait=0',
    });
    expect(answer.json()).toStrictEqual({
      dataObjectOperationRequest: { returnRequest: false, requestId: id, taskId: id },
      dataObjectOperationResponse: {
        status: 'success',
        dataObjects: [{ properties: { workAutomationId: id } }],
        statusDetail: {
          code: 'RSC2162',
          message: `Download data job has been initiated with work automation id : ${id}.`,
          messageType: 'Info',
        },
        totalRecords: 0,
      },
    });
  });

  test.each([
    ['respond-async', 202, 'respond-async'],
    ['Respond-Async; foo=bar', 202, 'respond-async'],
    ['respond-async, wait=5', 200, 'respond-async, wait=5'],
    ['wait="7"', 200, 'wait=7'],
    ['wait=100000', 200, 'wait=60'],
    ['wait=soon', 200, undefined],
    ['wait=-1', 200, undefined],
    ['return=minimal', 200, undefined],
    ['', 200, undefined],
  ])('Prefer: %s', async (prefer, status, applied) => {
    const answer = await server.post(DOWNLOAD, BODY, { prefer });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['preference-applied']).toBe(applied);
  });

  test('returns the job for a profile with mode ASYNC against any preference of the client', async () => {
    const body = { ...BODY, clientState: 'nightly' };
    const answer = await server.post(DOWNLOAD, body, { prefer: 'wait=5' });
    expect(answer.statusCode).toBe(202);
    expect(answer.headers['preference-applied']).toBeUndefined();
  });

  test('returns a job that fails in time in the documented shape, with its id', async () => {
    jobs.next = 'failed';
    const source = '/srv/secret/catalog.ndjson';
    jobs.nextError = { code: 'INVALID_JSON', message: `${source}: record 3 is no JSON`, source, stage: 'scan' };
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(422);
    expect(answer.headers.location).toBe(`/jobs/${jobs.newest}`);
    expect(idIn(answer)).toBe(jobs.newest);
    expect(answer.json().dataObjectOperationResponse).toMatchObject({
      status: 'error',
      statusDetail: {
        code: 'E0129',
        message: 'Failed to process request, catalog.ndjson: record 3 is no JSON',
        messageType: 'error',
        sluiceCode: 'INVALID_JSON',
      },
    });
  });

  test('does not expose system errors to clients', async () => {
    jobs.next = 'failed';
    jobs.nextError = { code: 'NOT_FOUND', message: 'no file matches /srv/secret/*.ndjson' };
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toContain('NOT_FOUND');
    expect(answer.body).not.toContain('secret');
  });

  test('reports a job that was cancelled during the wait', async () => {
    jobs.next = 'cancelled';
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(409);
    expect(answer.body).toContain('was cancelled');
  });

  test('returns the same job for the same key and body, and refuses another body', async () => {
    const headers = { 'idempotency-key': 'k-1', prefer: 'respond-async' };
    const [first, second] = [await server.post(DOWNLOAD, BODY, headers), await server.post(DOWNLOAD, BODY, headers)];
    expect(idIn(second)).toBe(idIn(first));
    const other = await server.post(DOWNLOAD, { ...BODY, fileName: 'other' }, headers);
    expect(other.statusCode).toBe(422);
    expect(other.json().dataObjectOperationResponse.statusDetail.sluiceCode).toBe('IDEMPOTENCY_MISMATCH');
    const empty = await server.post(DOWNLOAD, BODY, { 'idempotency-key': 'x'.repeat(256) });
    expect(empty.statusCode).toBe(400);
  });

  test('refuses a request with the path of every fault', async () => {
    const answer = await server.post(DOWNLOAD, { params: { query: {}, optoins: {}, prepareScroll: true } });
    expect(answer.statusCode).toBe(400);
    const { statusDetail, status } = answer.json().dataObjectOperationResponse;
    expect(status).toBe('error');
    expect(statusDetail).toMatchObject({ code: 'AE001', messageType: 'error', sluiceCode: 'UNKNOWN_KEY' });
    expect(statusDetail.faults.map(({ path }: { path: string }) => path)).toStrictEqual([
      'params.optoins',
      'params.prepareScroll',
      'params.query.filters.typesCriterion',
    ]);
  });
});

test.each([{}, { types: ['product'] }])('refuses %j, which is not the documented body', async (body) => {
  const answer = await server.post(DOWNLOAD, body);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().dataObjectOperationResponse.statusDetail.faults).toMatchObject([{ path: 'params' }]);
});

describe('the tenant in the path', () => {
  test('must match the token', async () => {
    expect((await server.post(`/acme${DOWNLOAD}`, BODY)).statusCode).toBe(200);
    const answer = await server.post(`/other${DOWNLOAD}`, BODY);
    expect(answer.statusCode).toBe(404);
    expect(answer.json().dataObjectOperationResponse.statusDetail).toMatchObject({
      code: 'E0462',
      sluiceCode: 'NO_SUCH_ROUTE',
    });
  });
});

test.each(['downloadDataExcel', 'downloadDataDSV'])(
  '%s answers with the result, whatever is preferred, of the profile of its name or of the body',
  async (name) => {
    for (const profiles of [undefined, ['downloadDataJSONJob']]) {
      const body = { params: { ...BODY.params, ...(profiles && { rsconnect: { profiles } }) } };
      const answer = await server.post(`/api/rsConnectService/${name}`, body, { prefer: 'respond-async' });
      expect(answer.statusCode).toBe(200);
      expect(answer.json().response.binaryObjects).toHaveLength(1);
      const { request } = await jobs.forTenant('acme').get(jobs.newest);
      expect(memberAt(request, 'params', 'rsconnect', 'profiles')).toStrictEqual(profiles ?? [name]);
    }
  },
);

test('a direct answer reports a failed job in its own shape', async () => {
  jobs.next = 'failed';
  jobs.nextError = { code: 'INVALID_JSON', message: 'a fault' };
  const answer = await server.post('/api/rsConnectService/downloadDataExcel', BODY);
  expect(answer.statusCode).toBe(422);
  expect(answer.json().response).toMatchObject({ status: 'error', statusDetail: { sluiceCode: 'INVALID_JSON' } });
});

test('publish makes a job whose id is in the message and among the child tasks', async () => {
  const answer = await server.post('/api/rsConnectService/publish', BODY, { 'x-rdp-userid': 'ann_user' });
  expect(answer.statusCode).toBe(202);
  const { statusDetail, totalRecords } = answer.json().dataObjectOperationResponse;
  const id = jobs.newest;
  expect(statusDetail).toMatchObject({ code: 'RSC1002', message: expect.stringContaining(id), childTaskIds: [id] });
  expect(totalRecords).toBe(0);
  expect((await jobs.forTenant('acme').get(id)).facts?.submittedBy).toBe('ann_user');
});

test.each([
  ['rsConnectService/process', 'exports and does not import'],
  ['rsConnectService/getHeaderFields', 'exports and does not import'],
  ['rsConnectService/getmappings', 'exports and does not import'],
  ['rsConnectService/downloadModelExcel', 'no data model'],
  ['entityappservice/getcoalesce', 'inherited'],
  ['entityappservice/create', 'never written'],
  ['schedulerservice/create', 'not scheduled'],
  ['configurationservice/create', '--profiles'],
  ['binarystreamobjectservice/prepareUpload', 'made by exports'],
  ['connectorService/syndicate', 'marketplaces'],
])('responds that %s is documented and not supported, and why', async (call, reason) => {
  for (const root of ['/api', '/acme/api']) {
    const answer = await server.post(`${root}/${call}`, {});
    expect(answer.statusCode).toBe(501);
    expect(answer.payload).toContain(reason);
    expect(answer.payload).toContain(call);
  }
});

test('a call that nobody documents is not found', async () => {
  expect((await server.post('/api/rsConnectService/nonsense', {})).statusCode).toBe(404);
  expect((await server.post('/api/constructor/toString', {})).statusCode).toBe(404);
});

test('configurationservice/get lists the profiles, by name, context or page', async () => {
  const get = async (query: object, options?: object) =>
    (await server.post('/api/configurationservice/get', { params: { query, options } })).json().response;
  const all = await get({ filters: { typesCriterion: ['integrationprofile'] } });
  expect(all.configObjects.map(({ id }: { id: string }) => id)).toContain('downloadDataJSONJob');
  const [json] = (await get({ id: 'downloadDataJSONJob' })).configObjects;
  expect(json).toMatchObject({
    ...{ name: 'downloadDataJSONJob', type: 'integrationprofile' },
    data: { contexts: [{ context: { service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON' } }] },
  });
  const excel = await get({ contexts: [{ service: 'entity_export', format: 'Excel' }] });
  expect(excel.configObjects.length).toBeLessThan(all.totalRecords);
  expect(await get({}, { maxRecords: 1 })).toMatchObject({ totalRecords: all.totalRecords });
  expect(await get({ id: 'none' })).toMatchObject({ status: 'success', totalRecords: 0 });
  for (const value of [{ toString: 1 }, ['JSON'], null]) {
    const query = { contexts: [{ format: value }] };
    const answer = await server.post('/api/configurationservice/get', { params: { query } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().response.statusDetail.faults[0].path).toBe('params.query.contexts[0].format');
  }
});

test('JSON is read from bodies of type application/zip, which clients of the platform send', async () => {
  const headers = { 'content-type': 'application/zip' };
  const answer = await server.post('/api/requesttrackingservice/get', { params: { query: { id: 'a' } } }, headers);
  expect(answer.statusCode).toBe(200);
});

test('refuses unknown paths beside the documented ones in the documented shape', async () => {
  for (const url of ['/api/rsConnectService/nothing', '/acme/api/x', '/api/x']) {
    const answer = await server.post(url, BODY);
    expect(answer.statusCode).toBe(404);
    expect(answer.json().response.statusDetail.sluiceCode).toBe('NO_SUCH_ROUTE');
  }
});
