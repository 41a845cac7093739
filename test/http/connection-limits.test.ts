/** Idle and slow connections do not block others, are closed, and are logged. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { CONNECTION_LIMITS } from '../../src/http/connection-limits.js';
import { bearerTokens, type SluiceHttpOptions, sluiceHttp } from '../../src/http.js';
import { FakeJobs } from './fake-jobs.js';

const TOKEN = 'secret-token';
const LIMITS = { perAddress: 3, headersMs: 60_000, requestMs: 60_000, idleMs: 60_000 };

const sockets = new Set<Socket>();
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const close of closers.splice(0)) await close();
});

async function listen(options: Partial<SluiceHttpOptions>) {
  const log: string[] = [];
  const app = fastify({ logger: { level: 'warn', stream: { write: (line: string) => void log.push(line) } } });
  await app.register(sluiceHttp, {
    jobs: new FakeJobs(),
    authenticate: bearerTokens(new Map([[TOKEN, 'acme']])),
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const open = async (text = '') => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {}).resume();
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    socket.write(text);
    return { socket, closed };
  };
  const get = (path: string, token = TOKEN) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { app, log, open, get, port };
}

/** Lines of the log about refusals. */
const refusals = (log: readonly string[]) =>
  log.map((line) => JSON.parse(line)).filter(({ refused }) => refused !== undefined);

test('keeps idle connections for longer than proxies do', async () => {
  const { get } = await listen({ connections: CONNECTION_LIMITS });
  const [, seconds] = /timeout=(\d+)/.exec((await get('/me')).headers.get('keep-alive') ?? '') ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
});

test('closes the oldest idle connection of an address with too many, and still serves the address', async () => {
  const { open, get, log } = await listen({ connections: LIMITS });
  const first = await open('GET /jobs HTTP/1.1\r\nHo');
  for (let index = 0; index < 3; index++) await open('GET /jobs HTTP/1.1\r\nHo');
  await first.closed;
  expect((await get('/jobs')).status).toBe(200);
  expect(refusals(log)[0]).toMatchObject({ level: 40, refused: { connectionsClosed: 1 }, lastAddress: '127.0.0.1' });
});

test('does not count connections with an accepted token', async () => {
  const { open, app } = await listen({ connections: LIMITS });
  const request = `GET /jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  let closed = 0;
  for (let index = 0; index < 8; index++) {
    const { socket } = await open(request);
    socket.once('close', () => closed++);
    await new Promise((resolve) => socket.once('data', resolve));
  }
  expect(closed).toBe(0);
  expect(await new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))).toBe(8);
});

test('does not count connections with a valid link', async () => {
  const jobs = new FakeJobs();
  const { open } = await listen({ connections: LIMITS, jobs });
  const { job } = await jobs.forTenant('acme').submit({ request: {} });
  const { name } = (await jobs.forTenant('acme').get(job.id)).files[0];
  const link = await jobs.forTenant('acme').createLink(job.id, name);
  const query = new URLSearchParams({
    expires: String(link.expiresAt / 1000),
    signature: link.kind === 'signed' ? link.signature : '',
  });
  const { socket } = await open(
    `GET /links/${job.id}/files/${encodeURIComponent(name)}?${query} HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('HTTP/1.1 200');
  for (let index = 0; index < 3; index++) await open('GET /jobs HTTP/1.1\r\nHo');
  const { closed } = await open('GET /jobs HTTP/1.1\r\nHo');
  await open('GET /jobs HTTP/1.1\r\nHo');
  await open('GET /jobs HTTP/1.1\r\nHo');
  await open('GET /jobs HTTP/1.1\r\nHo');
  await closed;
  expect(socket.destroyed).toBe(false);
});

test('closes the connection of a body that does not arrive in time, for any client', async () => {
  const { open, log } = await listen({ bodyTimeoutMs: 1 });
  const head = 'POST /api/rsConnectService/downloadDataJob HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  for (const authorization of [`Authorization: Bearer ${TOKEN}\r\n`, 'Authorization: Bearer wrong\r\n', '']) {
    const { closed } = await open(`${head}${authorization}Content-Length: 100\r\n\r\n{"par`);
    await closed;
  }
  const { closed } = await open(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"par\r\n`);
  await closed;
  expect(refusals(log).length).toBeGreaterThan(0);
});

test('logs the first refusal at once, and the number of the others at the end', async () => {
  const { app, get, log } = await listen({ rateLimit: { max: 5, windowMs: 60_000 } });
  for (let index = 0; index < 5; index++) expect((await get('/jobs', 'wrong')).status).toBe(401);
  expect((await get('/jobs', 'wrong')).status).toBe(429);
  await app.close();
  expect(refusals(log).map(({ refused }) => refused)).toStrictEqual([
    { unauthenticated: 1 },
    { unauthenticated: 4, tooManyRequests: 1 },
  ]);
  expect(log.join('')).not.toContain('wrong');
});
