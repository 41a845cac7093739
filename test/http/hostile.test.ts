/** Hostile input: bodies, types, ids and paths that no legitimate client sends. */
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, bodyLimit: 2_000 });
});
afterEach(() => server.app.close());

const codeIn = (answer: { json(): { dataObjectOperationResponse: { statusDetail: { sluiceCode: string } } } }) =>
  answer.json().dataObjectOperationResponse.statusDetail.sluiceCode;

test.each([
  '{"params":{"query":{"filters":{"typesCriterion":["a"]}}},"__proto__":{"x":1}}',
  '{"params":{"query":{"filters":{"typesCriterion":["a"],"__proto__":{"x":1}}}}}',
  '{"params":{"query":{"filters":{"typesCriterion":["a"]}}},"clientState":{"\\u005f_proto__":{"x":1}}}',
  '{"params":{"query":{"filters":{"typesCriterion":["a"]}}},"clientState":{"constructor":{"prototype":{"x":1}}}}',
  '{"params":',
  '',
  'null',
  '[]',
  '"text"',
  '7',
])('refuses the body %s', async (body) => {
  const answer = await server.post(DOWNLOAD, body);
  expect(answer.statusCode).toBe(400);
  expect(codeIn(answer)).toBe('INVALID');
  expect(jobs.newest).toBe('');
});

test.each<[string, string | Buffer, string]>([
  ['members that are there twice', '{"params":{"query":{"ids":["a"],"ids":["b"]}}}', 'params.query.ids'],
  ['digits that would be lost', '{"params":{},"clientState":{"n":9007199254740993}}', 'clientState.n'],
  ['more digits that would be lost', '{"params":{},"clientState":{"v":12345678901234567890}}', 'clientState.v'],
  ['a number beyond all', '{"params":{},"clientState":{"v":[1e400]}}', 'clientState.v[0]'],
  [
    'a zero that would lose its sign',
    '{"params":{"query":{"filters":{"typesCriterion":["a"]}}},"clientState":{"v":-0}}',
    'clientState.v',
  ],
  ['bytes that are not UTF-8', Buffer.from('7b22706172616d73223aff7d', 'hex'), 'body'],
])('refuses a body with %s by its path', async (_case, body, path) => {
  const headers = { authorization: `Bearer ${ACME}`, 'content-type': 'application/json' };
  const answer = await server.app.inject({ method: 'POST', url: DOWNLOAD, headers, payload: body });
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain(path);
  expect(jobs.newest).toBe('');
});

test('treats names of methods in a body as plain names', async () => {
  const body = {
    params: { query: { filters: { typesCriterion: ['a'] } } },
    clientState: { constructor: 'a', toJSON: 1 },
  };
  await server.post(DOWNLOAD, body, { prefer: 'respond-async' });
  expect((await server.get(`/jobs/${jobs.newest}`)).json().request).toStrictEqual(body);
});

test('reports twenty of many faults, and the number of the others', async () => {
  const body = { params: { query: { filters: { typesCriterion: Array(800).fill(1).fill(1) } } } };
  const answer = await server.post(DOWNLOAD, body);
  const { statusDetail } = answer.json().dataObjectOperationResponse;
  expect(answer.statusCode).toBe(400);
  expect(statusDetail.faults).toHaveLength(20);
  expect(statusDetail.moreFaults).toBeGreaterThan(700);
  expect(answer.body.length).toBeLessThan(10_000);
});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  '',
])('refuses a body of type %j', async (type) => {
  const answer = await server.post(DOWNLOAD, '{}', { 'content-type': type });
  expect(answer.statusCode).toBe(415);
  expect(codeIn(answer)).toBe('INVALID');
});

test('refuses a body beyond the limit before reading it', async () => {
  const answer = await server.post(DOWNLOAD, { clientState: 'x'.repeat(3_000) });
  expect(answer.statusCode).toBe(413);
  expect(codeIn(answer)).toBe('BODY_TOO_LARGE');
});

test('passes the body to the jobs unchanged: nothing is coerced or dropped', async () => {
  const body = {
    params: { query: { filters: { typesCriterion: ['product'] } }, options: { maxRecords: '10' } },
    clientState: { any: ['thing', null, 1.5] },
  };
  await server.post(DOWNLOAD, body, { prefer: 'respond-async' });
  expect((await server.get(`/jobs/${jobs.newest}`)).json().request).toStrictEqual(body);
});

test.each([
  'x'.repeat(101),
  'x'.repeat(5_000),
  '..%2f..%2fetc%2fpasswd',
  'a%00b',
  'a%0d%0aset-cookie:x',
  '%F0%9F%98%80',
  "'%20or%201=1",
  '__proto__',
  'constructor',
])('finds no job for the id %s', async (id) => {
  for (const path of ['', '/result', '/events', '/files/x']) {
    const answer = await server.get(`/jobs/${id}${path}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
});

test.each([
  '/jobs/..',
  '/jobs/%2e%2e',
  '/jobs/%2e%2e/files/%2e%2e',
  '/jobs/../healthz',
  '//jobs',
  '/jobs/x/files/../../y',
])('finds nothing at the raw path %s', async (path) => {
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ACME}\r\nConnection: close\r\n\r\n`);
  });
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
});

test('refuses a path that cannot be decoded', async () => {
  expect((await server.app.inject('/jobs/%ZZ')).statusCode).toBe(400);
});

test('exposes nothing about an internal error', async () => {
  jobs.forTenant = () => {
    throw new TypeError('cannot read /srv/secret of undefined');
  };
  const answer = await server.get('/jobs');
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toStrictEqual({
    type: 'urn:sluice:error:INTERNAL',
    title: 'Internal error of the service',
    status: 500,
    detail: 'Internal error of the service; see the log of the service.',
    instance: '/jobs',
    code: 'INTERNAL',
  });
});
