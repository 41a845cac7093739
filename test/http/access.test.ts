/** Authentication of every route: without a token, with a wrong one, and with that of another tenant. */
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLoopback } from '../../src/http/loopback.js';
import { bearerTokens } from '../../src/http.js';
import { ACME, type CheckedServer, OTHER, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs });
});
afterEach(() => server.app.close());

test('grants access to the jobs of a tenant to that tenant only, on every route', async () => {
  await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  const id = jobs.newest;
  const file = (await server.get(`/jobs/${id}`)).json().files[0].href;
  const { pathname, search } = new URL((await server.post(`/jobs/${id}/links`, {})).json().href);
  const link = `${pathname}${search}`;
  const objectKey = `${id}/${jobs.fileName}`;
  const prepare = { binaryStreamObject: { type: 'binarystreamobject', properties: { objectKey } } };
  const byTask = { attributesCriterion: [{ taskId: { exact: id } }] };
  const tracking = { params: { query: { filters: byTask } } };
  jobs.isClosing = true;
  const ownBodies: Readonly<Record<string, object>> = {
    '/jobs': { request: BODY },
    '/explain': { request: BODY },
    '/jobs/cancel': { types: ['none'] },
    '/jobs/delete': { types: ['none'] },
    '/jobs/:id/links': {},
    '/jobs/:id/rerun': {},
  };
  const table: Record<string, Record<string, number | string>> = {};
  for (const { method, url, hidden } of server.routes) {
    if (hidden) continue;
    const path = url
      .replace('/jobs/:id/files/*', file)
      .replace('/links/:id/files/*', link)
      .replace(':id', id)
      .replace(':tenant', 'acme');
    const isGetService = url.endsWith('service/get');
    const isObject = /\/(prepareDownload|delete)$/.test(url);
    const byKey = { params: { query: { id: objectKey } } };
    const isByKey = url.endsWith('/getById') || url.endsWith('/binarystreamobjectservice/get');
    const isScroll = url.endsWith('/clearscroll');
    const isOther = /\/(configuration|entityapp)service\/get(related)?$/.test(url);
    const asked = isByKey ? byKey : isOther ? { params: { query: {} } } : tracking;
    const scrolled = { params: { scrollId: 'x' } };
    const payload =
      url in ownBodies
        ? ownBodies[url]
        : isScroll
          ? scrolled
          : isGetService || isByKey
            ? asked
            : isObject
              ? prepare
              : BODY;
    const statusFor = async (headers: Record<string, string>) => {
      const answer = await server.ask({
        method: method === 'HEAD' ? 'HEAD' : method === 'POST' ? 'POST' : method === 'DELETE' ? 'DELETE' : 'GET',
        url: path,
        headers,
        ...(method === 'POST' ? { payload } : {}),
      });
      const found = isGetService && !isOther && answer.statusCode === 200 && answer.json().response.totalRecords;
      return found === false ? answer.statusCode : `200, ${found} found`;
    };
    table[`${method} ${url}`] = {
      'no token': await statusFor({ authorization: '' }),
      'wrong token': await statusFor({ authorization: 'Bearer nobody' }),
      "another's": await statusFor({ authorization: `Bearer ${OTHER}` }),
      // Last, because one of the routes deletes.
      own: method === 'DELETE' || url.endsWith('service/delete') ? '' : await statusFor({}),
    };
  }
  const remove = await server.ask({ method: 'DELETE', url: `/jobs/${id}` });
  table['DELETE /jobs/:id'].own = remove.statusCode;
  if (process.env.PRINT_TABLE) console.table(table);

  const undone = { 'no token': 401, 'wrong token': 401, "another's": 501, own: 501 };
  const open = { 'no token': 200, 'wrong token': 200, "another's": 200, own: 200 };
  const guarded = { 'no token': 401, 'wrong token': 401, "another's": 404, own: 200 };
  const tracked = { 'no token': 401, 'wrong token': 401, "another's": '200, 0 found', own: '200, 1 found' };
  expect(table).toStrictEqual({
    'GET /healthz': open,
    'HEAD /healthz': open,
    'GET /openapi.json': open,
    'HEAD /openapi.json': open,
    // Each caller learns about itself.
    'GET /me': { ...guarded, "another's": 200 },
    'GET /service': { ...guarded, "another's": 200 },
    'HEAD /me': { ...guarded, "another's": 200 },
    'HEAD /service': { ...guarded, "another's": 200 },
    // The other tenant gets its own list.
    'GET /jobs': { ...guarded, "another's": 200 },
    'HEAD /jobs': { ...guarded, "another's": 200 },
    'GET /jobs/:id': guarded,
    'HEAD /jobs/:id': guarded,
    'DELETE /jobs/:id': guarded,
    'GET /jobs/:id/result': guarded,
    'GET /jobs/:id/events': guarded,
    'GET /jobs/:id/files/*': guarded,
    'HEAD /jobs/:id/files/*': guarded,
    'POST /jobs/:id/links': { ...guarded, own: 201 },
    'POST /jobs': { ...guarded, "another's": 201, own: 201 },
    'POST /jobs/:id/rerun': { ...guarded, own: 201 },
    'POST /explain': { ...guarded, "another's": 200 },
    'GET /jobs/tally': { ...guarded, "another's": 200 },
    'HEAD /jobs/tally': { ...guarded, "another's": 200 },
    'GET /jobs/events': { ...guarded, "another's": 200 },
    'POST /jobs/cancel': { ...guarded, "another's": 200 },
    'GET /webhooks/deliveries': { ...guarded, "another's": 200 },
    'HEAD /webhooks/deliveries': { ...guarded, "another's": 200 },
    'POST /webhooks/deliveries/:id/redeliver': { ...guarded, own: 404 },
    'GET /webhooks/secret': { ...guarded, "another's": 200 },
    'HEAD /webhooks/secret': { ...guarded, "another's": 200 },
    'GET /schedules': { ...guarded, "another's": 200 },
    'HEAD /schedules': { ...guarded, "another's": 200 },
    'POST /schedules': { ...guarded, "another's": 400, own: 400 },
    'GET /schedules/:id': { ...guarded, own: 404 },
    'HEAD /schedules/:id': { ...guarded, own: 404 },
    'DELETE /schedules/:id': { ...guarded, own: '' },
    'POST /schedules/:id/run': { ...guarded, own: 404 },
    'POST /schedules/:id/pause': { ...guarded, own: 404 },
    'POST /schedules/:id/resume': { ...guarded, own: 404 },
    'GET /jobs/:id/history': guarded,
    'HEAD /jobs/:id/history': guarded,
    // Where to sign in is told to people who have not.
    'GET /sign-in': open,
    'HEAD /sign-in': open,
    'POST /preview': { ...guarded, "another's": 400, own: 400 },
    'POST /source/inspect': { ...guarded, "another's": 200 },
    // Each tenant gets what was found in its own source.
    'GET /source': { ...guarded, "another's": 200 },
    'HEAD /source': { ...guarded, "another's": 200 },
    'POST /jobs/delete': { ...guarded, "another's": 200 },
    // The link itself authorizes its holder, for this file only.
    'GET /links/:id/files/*': open,
    'HEAD /links/:id/files/*': open,
    // Without a tenant in the path, the submission belongs to the other tenant.
    'POST /api/rsConnectService/downloadDataJob': { ...guarded, "another's": 200 },
    'POST /api/rsConnectService/downloadDataExcel': { ...guarded, "another's": 200 },
    'POST /api/rsConnectService/downloadDataDSV': { ...guarded, "another's": 200 },
    'POST /api/rsConnectService/publish': { ...guarded, "another's": 202, own: 202 },
    'POST /api/rsConnectService/process': undone,
    'POST /api/requesttrackingservice/get': tracked,
    'POST /api/eventservice/get': tracked,
    'POST /api/binaryobjectservice/getById': guarded,
    'POST /api/binarystreamobjectservice/prepareDownload': guarded,
    'POST /api/binarystreamobjectservice/get': tracked,
    'POST /api/binarystreamobjectservice/delete': { ...guarded, own: '' },
    'POST /api/configurationservice/get': { ...guarded, "another's": 200 },
    // The source is that of all tenants.
    'POST /api/entityappservice/get': { ...guarded, "another's": 200 },
    'POST /api/entityappservice/getrelated': { ...guarded, "another's": 200 },
    'POST /api/entityappservice/clearscroll': { ...guarded, "another's": 200 },
    'POST /:tenant/api/rsConnectService/downloadDataJob': guarded,
    'POST /:tenant/api/rsConnectService/downloadDataExcel': guarded,
    'POST /:tenant/api/rsConnectService/downloadDataDSV': guarded,
    'POST /:tenant/api/rsConnectService/publish': { ...guarded, own: 202 },
    'POST /:tenant/api/rsConnectService/process': { ...undone, "another's": 404 },
    'POST /:tenant/api/requesttrackingservice/get': { ...tracked, "another's": 404 },
    'POST /:tenant/api/eventservice/get': { ...tracked, "another's": 404 },
    'POST /:tenant/api/binaryobjectservice/getById': guarded,
    'POST /:tenant/api/binarystreamobjectservice/prepareDownload': guarded,
    'POST /:tenant/api/binarystreamobjectservice/get': { ...tracked, "another's": 404 },
    'POST /:tenant/api/binarystreamobjectservice/delete': { ...guarded, own: '' },
    'POST /:tenant/api/configurationservice/get': guarded,
    'POST /:tenant/api/entityappservice/get': guarded,
    'POST /:tenant/api/entityappservice/getrelated': guarded,
    'POST /:tenant/api/entityappservice/clearscroll': guarded,
  });
});

test("another tenant's list does not hold the jobs", async () => {
  await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  expect((await server.get('/jobs', { authorization: `Bearer ${OTHER}` })).json().jobs).toStrictEqual([]);
  expect((await server.get('/jobs')).json().jobs).toHaveLength(1);
});

test('does not reveal existing routes without a token', async () => {
  for (const url of ['/jobs/x/y', '/api/x', '/acme/api/x']) {
    expect((await server.app.inject(url)).statusCode).toBe(401);
  }
});

test.each(['', 'Bearer', 'Bearer ', `Basic ${ACME}`, ACME, `Bearer ${ACME} x`, `Bearer ${ACME}x`, `bearer${ACME}`])(
  'refuses Authorization: %j, and states the scheme',
  async (authorization) => {
    const answer = await server.get('/jobs', { authorization });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.body).not.toContain(ACME);
    expect(answer.json().code).toBe('UNAUTHENTICATED');
  },
);

test('accepts a token as the secret of a client of the platform, unless there is an authorization', async () => {
  const ask = (headers: Record<string, string>) => server.app.inject({ url: '/jobs', headers });
  expect((await ask({ 'auth-client-secret': ACME })).statusCode).toBe(200);
  expect((await ask({ 'auth-client-secret': 'nobody' })).statusCode).toBe(401);
  expect((await ask({ 'auth-client-secret': ACME, authorization: 'Bearer nobody' })).statusCode).toBe(401);
  expect((await ask({ 'auth-client-secret': ACME, authorization: 'Basic eA==' })).statusCode).toBe(401);
});

test('refuses an unknown token on documented routes in the documented shape', async () => {
  const answer = await server.post('/api/rsConnectService/downloadDataJob', BODY, { authorization: '' });
  expect(answer.json().dataObjectOperationResponse.statusDetail).toMatchObject({
    code: 'GE001',
    messageType: 'error',
    sluiceCode: 'UNAUTHENTICATED',
  });
});

describe('an authenticator', () => {
  test('made from a list of tokens accepts each of them', async () => {
    const authenticate = bearerTokens(
      new Map([
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'x'],
      ]),
    );
    const { app, ask } = await openServer({ jobs, authenticate });
    const tenantOf = async (token: string) =>
      (await ask({ url: '/me', headers: { authorization: `Bearer ${token}` } })).json().tenant;
    expect(await Promise.all(['a', 'b', 'c', '', 'd', 'A'].map(tenantOf))).toStrictEqual([
      'x',
      'y',
      'x',
      undefined,
      undefined,
      undefined,
    ]);
    await app.close();
  });

  test('that fails makes the service unavailable, and its reason is not exposed', async () => {
    const { app } = await openServer({
      jobs,
      authenticate: async () => {
        throw new Error('ldap://10.0.0.1 refused');
      },
    });
    const answer = await app.inject({ url: '/jobs', headers: { authorization: 'Bearer x' } });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.body).not.toContain('ldap');
    await app.close();
  });

  test('is called once per request', async () => {
    let asked = 0;
    const { app } = await openServer({
      jobs,
      authenticate: () => {
        asked++;
        return { tenant: 'acme' };
      },
    });
    await app.inject({ url: '/jobs', headers: { authorization: 'Bearer x' } });
    expect(asked).toBe(1);
    await app.close();
  });
});

describe('without an authenticator', () => {
  test('accepts requests of this machine under a loopback name', async () => {
    const { app } = await openServer({ jobs, authenticate: 'none' });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        const asking = request({ host: '127.0.0.1', port, path: '/jobs', headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asking.on('error', reject).end();
      });
    expect(await statusFor(`127.0.0.1:${port}`)).toBe(200);
    expect(await statusFor(`localhost:${port}`)).toBe(200);
    expect(await statusFor('[::1]')).toBe(200);
    expect(await statusFor('evil.example')).toBe(401);
    expect(await statusFor('127.0.0.1.evil.example')).toBe(401);
    expect(await statusFor('localhost.evil.example')).toBe(401);
    await app.close();
  });

  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

  test.skipIf(outside === undefined)('refuses requests to another address of this machine', async () => {
    const { app } = await openServer({ jobs, authenticate: 'none' });
    await app.listen({ host: '0.0.0.0', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, outside);
      socket.write('GET /jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    await app.close();
  });

  test.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::FFFF:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['::', false],
    ['0.0.0.0', false],
    ['127.evil', false],
  ])('%s is loopback: %s', (address, is) => {
    expect(isLoopback(address)).toBe(is);
  });
});

describe('rate limits', () => {
  test('refuse a tenant with too many requests, and state when to retry; other tenants are not affected', async () => {
    const { app } = await openServer({ jobs, rateLimit: { max: 2, windowMs: 60_000 } });
    const ask = (token: string) => app.inject({ url: '/jobs', headers: { authorization: `Bearer ${token}` } });
    expect([await ask(ACME), await ask(ACME)].map(({ statusCode }) => statusCode)).toStrictEqual([200, 200]);
    const refused = await ask(ACME);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.json().code).toBe('TOO_MANY_REQUESTS');
    expect((await ask(OTHER)).statusCode).toBe(200);
    await app.close();
  });

  test('refuse an address with too many wrong tokens, whatever the tokens', async () => {
    const { app } = await openServer({ jobs, rateLimit: { max: 2, windowMs: 60_000 } });
    const ask = (token: string) => app.inject({ url: '/jobs', headers: { authorization: `Bearer ${token}` } });
    const statuses = [];
    for (const token of ['a', 'b', 'c']) statuses.push((await ask(token)).statusCode);
    expect(statuses).toStrictEqual([401, 401, 429]);
    expect((await ask(ACME)).statusCode).toBe(200);
    await app.close();
  });

  test('can be disabled', async () => {
    const { app, get } = await openServer({ jobs, rateLimit: false });
    for (let i = 0; i < 20; i++) expect((await get('/jobs')).statusCode).toBe(200);
    await app.close();
  });
});
