/** Requests that Node and Fastify refuse themselves: every response is a problem, also on a raw socket. */
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerAll, SERVER_OPTIONS } from '../../src/http/server-options.js';
import { bearerTokens, sluiceHttp } from '../../src/http.js';
import { FakeJobs } from './fake-jobs.js';

const TOKEN = 'secret-token';
const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const HEADERS = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;

let port: number;
let close: () => Promise<void>;
let sockets: Socket[];

beforeEach(async () => {
  const app = fastify({ ...SERVER_OPTIONS });
  answerAll(app);
  const authenticate = bearerTokens(new Map([[TOKEN, 'acme']]));
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate, bodyLimit: 2_000, bodyTimeoutMs: 100 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
  sockets = [];
  close = () => app.close();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await close();
});

/** The complete response on a connection that the client does not close. */
async function answerTo(request: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.write(request);
  await new Promise<void>((resolve) => socket.once('end', resolve));
  return text;
}

function problemIn(answer: string): { readonly status: number; readonly code: string } {
  const [head, body] = answer.split('\r\n\r\n');
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  return JSON.parse(body);
}

test.each([
  ['without a Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['with two Hosts', 'GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n', 400],
  ['with an unknown expectation', `GET /healthz HTTP/1.1\r\n${HEADERS}Expect: 200-ok\r\n\r\n`, 417],
  ['for a proxy', 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 405],
  ['that is not HTTP', 'hello\r\n\r\n', 400],
  ['in HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['with headers beyond the limit', `GET /healthz HTTP/1.1\r\n${HEADERS}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  [
    'with an address beyond the limit',
    `GET /${'x'.repeat(15_000)} HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`,
    414,
  ],
  ['with an address that cannot be decoded', `GET /%ff HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`, 400],
  ['for an unknown path', `GET /nothing HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`, 404],
  ['with OPTIONS for an unknown path', `OPTIONS /nothing HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`, 404],
])('responds with a problem to a request %s', async (_case, request, status) => {
  const answer = await answerTo(request);
  expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
  expect(problemIn(answer)).toMatchObject({ status });
  expect(answer.length).toBeLessThan(2000);
});

test('responds to a body that does not arrive in time, and closes the connection', async () => {
  const answer = await answerTo(
    `POST ${DOWNLOAD} HTTP/1.1\r\n${HEADERS}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  expect(problemIn(answer)).toMatchObject({ status: 408 });
  const [socket] = sockets;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // A client that continues to send finds the connection closed.
  const drip = setInterval(() => socket.write(' '), 20);
  await closed;
  clearInterval(drip);
});

test('accepts a request in HTTP/1.0 without a Host', async () => {
  expect(await answerTo('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [\s\S]*{"status":"ok"}$/);
});

test.each([
  ['POST', '/healthz', 'GET, HEAD'],
  ['PUT', '/jobs', 'GET, HEAD, POST'],
  ['POST', '/jobs/x', 'DELETE, GET, HEAD'],
  ['PUT', '/jobs/x/files/y', 'GET, HEAD'],
  ['GET', '/jobs/x/links', 'POST'],
])('refuses %s %s with the list of supported methods', async (method, path, allow) => {
  const answer = await answerTo(
    `${method} ${path} HTTP/1.1\r\n${HEADERS}Content-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  const title = 'The method is not supported here';
  expect(problemIn(answer)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED', title });
  expect(answer).toContain(`allow: ${allow}\r\n`);
});

test.each([
  ['*', 'DELETE, GET, HEAD, OPTIONS, POST'],
  ['/healthz', 'GET, HEAD, OPTIONS'],
  ['/jobs/x', 'DELETE, GET, HEAD, OPTIONS'],
  [DOWNLOAD, 'OPTIONS, POST'],
  [`/acme${DOWNLOAD}`, 'OPTIONS, POST'],
])('answers OPTIONS %s with the supported methods', async (path, allow) => {
  const answer = await answerTo(`OPTIONS ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 204 /);
  expect(answer).toContain(`allow: ${allow}\r\n`);
});

test('refuses other methods of a documented route in the documented shape', async () => {
  const answer = await answerTo(`GET ${DOWNLOAD} HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 405 [\s\S]*allow: POST\r\n[\s\S]*"sluiceCode":"METHOD_NOT_ALLOWED"/);
});

test.each(['/healthz', '/openapi.json', '/jobs'])('responds to HEAD %s like to GET', async (path) => {
  const answer = await answerTo(`HEAD ${path} HTTP/1.1\r\n${HEADERS}Connection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 200 [\s\S]*content-length: [1-9]\d*\r\n[\s\S]*\r\n\r\n$/);
});
