/** Rights of callers: every route needs one, or none by intent; what an authenticator returns; who is recorded. */
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { requireStatedRights } from '../../src/http/rights.js';
import { type Identity, type Right, SluiceError, sluiceHttp } from '../../src/http.js';
import { openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };
const EACH: readonly Right[] = ['read', 'submit', 'cancel'];

/** The plugin for a caller whom the test sets. */
async function openFor(identity: unknown) {
  const jobs = new FakeJobs();
  const caller: { identity: unknown } = { identity };
  const server = await openServer({ jobs, authenticate: () => caller.identity as Identity });
  return { jobs, caller, server };
}

test('every route needs the right that belongs to it, and no other', async () => {
  const { server, caller, jobs } = await openFor(undefined);
  jobs.isClosing = true;
  const needed: Record<string, string> = {};
  for (const { method, url, hidden } of server.routes) {
    if (hidden || method === 'HEAD' || /^\/(healthz|openapi\.json|links)/.test(url)) continue;
    const path = url.replace('*', 'x').replace(':id', 'x').replace(':tenant', 'acme');
    const statusWith = async (rights: readonly Right[]) => {
      caller.identity = { tenant: 'acme', rights };
      const payload = method === 'POST' ? { payload: {} } : {};
      return (await server.ask({ method: method as 'GET', url: path, ...payload })).statusCode;
    };
    // Without one right only, so that routes with two show both.
    const missed: Right[] = [];
    for (const right of EACH) {
      if ((await statusWith(EACH.filter((one) => one !== right))) === 403) missed.push(right);
    }
    expect(await statusWith(['admin']), url).not.toBe(403);
    expect(await statusWith(missed), url).not.toBe(403);
    needed[`${method} ${url}`] = missed.join(', ');
  }
  const documented = Object.entries({
    'rsConnectService/downloadDataJob': 'submit',
    'rsConnectService/downloadDataExcel': 'read, submit',
    'rsConnectService/downloadDataDSV': 'read, submit',
    'rsConnectService/publish': 'submit',
    'rsConnectService/process': 'submit',
    'requesttrackingservice/get': 'read',
    'eventservice/get': 'read',
    'binaryobjectservice/getById': 'read',
    'binarystreamobjectservice/prepareDownload': 'read',
    'binarystreamobjectservice/get': 'read',
    'binarystreamobjectservice/delete': 'cancel',
    'configurationservice/get': 'read',
    'entityappservice/get': 'read',
    'entityappservice/getrelated': 'read',
    'entityappservice/clearscroll': 'read',
  });
  expect(needed).toMatchObject({
    'GET /me': '',
    'GET /jobs': 'read',
    'GET /jobs/:id': 'read',
    'DELETE /jobs/:id': 'cancel',
    'GET /jobs/:id/result': 'read',
    'GET /jobs/:id/events': 'read',
    'GET /jobs/events': 'read',
    'GET /jobs/tally': 'read',
    'POST /jobs': 'submit',
    'POST /jobs/:id/rerun': 'submit',
    'POST /explain': 'read',
    'GET /webhooks/deliveries': 'read',
    'POST /webhooks/deliveries/:id/redeliver': 'submit',
    'GET /webhooks/secret': 'submit',
    'GET /schedules': 'read',
    'POST /schedules': 'submit',
    'GET /schedules/:id': 'read',
    'DELETE /schedules/:id': 'cancel',
    'POST /schedules/:id/run': 'submit',
    'POST /jobs/cancel': 'cancel',
    'POST /jobs/delete': 'cancel',
    'GET /jobs/:id/files/*': 'read',
    'POST /jobs/:id/links': 'read',
    ...Object.fromEntries(
      documented.flatMap(([path, right]) => ['', '/:tenant'].map((root) => [`POST ${root}/api/${path}`, right])),
    ),
  });
  await server.app.close();
});

test('a refusal names the right, in the shape of its route', async () => {
  const { server } = await openFor({ tenant: 'acme', rights: ['read'] });
  const own = await server.ask({ method: 'DELETE', url: '/jobs/x' });
  expect(own.json()).toMatchObject({
    status: 403,
    code: 'FORBIDDEN',
    title: 'The caller may not do this',
    detail: 'this needs the right cancel; the caller has read',
  });
  const documented = await server.post('/api/rsConnectService/downloadDataJob', BODY);
  expect(documented.json().dataObjectOperationResponse.statusDetail).toMatchObject({
    code: 'PD001',
    message: 'Permission Denied: this needs the right submit; the caller has read',
    sluiceCode: 'FORBIDDEN',
  });
  await server.app.close();
});

test('the document says which right a route needs', async () => {
  const { server } = await openFor({ tenant: 'acme' });
  expect(server.document.paths['/jobs/{id}'].delete).toMatchObject({ description: 'Needs the right `cancel`.' });
  expect(server.document.paths['/me'].get).not.toHaveProperty('description');
  await server.app.close();
});

test.each([
  [{ tenant: 'acme' }, { tenant: 'acme', rights: ['read', 'submit', 'cancel'] }],
  [
    { tenant: 'acme', user: 'ann', rights: ['cancel', 'read'] },
    { tenant: 'acme', user: 'ann', rights: ['read', 'cancel'] },
  ],
  [
    { tenant: 'acme', rights: ['admin'] },
    { tenant: 'acme', rights: ['read', 'submit', 'cancel', 'admin'] },
  ],
  [
    { tenant: 'acme', rights: [] },
    { tenant: 'acme', rights: [] },
  ],
])('the caller %j learns who it is', async (identity, shown) => {
  const { server } = await openFor(identity);
  expect((await server.get('/me')).json()).toStrictEqual(shown);
  await server.app.close();
});

test.each([
  'acme',
  null,
  {},
  { tenant: '' },
  { tenant: 7 },
  { tenant: 'acme', user: '' },
  { tenant: 'acme', user: 'x'.repeat(256) },
  { tenant: 'acme', rights: 'read' },
  { tenant: 'acme', rights: ['write'] },
])('the authenticator may not return %j', async (identity) => {
  const { server } = await openFor(identity);
  const answer = await server.get('/me');
  expect([answer.statusCode, answer.json().code]).toStrictEqual([500, 'CALLBACK_FAILED']);
  await server.app.close();
});

test('an authenticator sees the whole request, and refuses it by a sentence of its own', async () => {
  const app = fastify();
  app.decorateRequest('user', '');
  app.addHook('onRequest', async (request) => {
    request.setDecorator('user', String(request.headers.cookie).replace('session=', ''));
  });
  await app.register(sluiceHttp, {
    jobs: new FakeJobs(),
    authenticate: async (request) => {
      const user = request.getDecorator<string>('user');
      if (request.headers['x-api-key'] === 'robot') return { tenant: 'acme', user: 'robot' };
      if (user === 'ann') return { tenant: 'acme', user };
      if (user === 'eve') throw new SluiceError('FORBIDDEN', 'http', 'eve has left the company');
      return undefined;
    },
  });
  const ask = (headers: Record<string, string>) => app.inject({ url: '/me', headers });
  expect((await ask({ cookie: 'session=ann' })).json().user).toBe('ann');
  expect((await ask({ 'x-api-key': 'robot' })).json().user).toBe('robot');
  const eve = await ask({ cookie: 'session=eve' });
  expect([eve.statusCode, eve.json().detail]).toStrictEqual([403, 'eve has left the company']);
  expect((await ask({})).json().detail).toBe('the request has no valid credentials');
  await app.close();
});

test('the authenticated user is recorded, whatever the headers say', async () => {
  const { server, jobs, caller } = await openFor({ tenant: 'acme', user: 'ann' });
  const submitted = async () => {
    await server.post('/api/rsConnectService/downloadDataJob', BODY, { 'x-rdp-userid': 'bob' });
    return (await jobs.forTenant('acme').get(jobs.newest)).facts?.submittedBy;
  };
  expect(await submitted()).toBe('ann');
  caller.identity = { tenant: 'acme' };
  expect(await submitted()).toBe('bob');
  await server.app.close();
});

test('who may submit and not read gets the job, and no result', async () => {
  const { server } = await openFor({ tenant: 'acme', rights: ['submit'] });
  const answer = await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'wait=5' });
  expect(answer.statusCode).toBe(202);
  expect(answer.headers).not.toHaveProperty('preference-applied');
  await server.app.close();
});

test('a route that states no right cannot be added', async () => {
  const app = fastify();
  requireStatedRights(app);
  expect(() => app.get('/open', async () => 'all')).toThrow('GET /open states no right');
  await app.close();
});
