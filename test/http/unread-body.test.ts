/** Clients that send a body which is refused before it has arrived: they get the response, on any connection. */
import { Agent, type ClientRequest, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerAll, SERVER_OPTIONS } from '../../src/http/server-options.js';
import { bearerTokens, sluiceHttp } from '../../src/http.js';
import { FakeJobs } from './fake-jobs.js';

const TOKEN = 'secret-token';
const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const LONG = Buffer.alloc(4_000_000, 'x');

let port: number;
let agent: Agent;
let close: () => Promise<void>;
beforeEach(async () => {
  const app = fastify({ ...SERVER_OPTIONS });
  answerAll(app);
  const authenticate = bearerTokens(new Map([[TOKEN, 'acme']]));
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate, bodyLimit: 2_000 });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  close = () => app.close();
});
afterEach(async () => {
  agent.destroy();
  await close();
});

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer;
}

/** The status of a response, read while the body is being sent; an error of the connection rejects. */
function statusOf({ path = DOWNLOAD, headers = {}, body = LONG }: Sent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request({
      ...{ port, method: 'POST', path },
      agent: headers.connection === 'close' ? false : agent,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    });
    // The client looks at the response only when all is sent, as most do.
    sent.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    sent.on('error', reject);
    let at = 0;
    const send = () => {
      while (at < body.length) {
        const piece = body.subarray(at, at + 500_000);
        at += piece.length;
        // What is written at once would be on its way before the connection is reset.
        if (!sent.write(piece)) return void sent.once('drain', send);
      }
      sent.end();
    };
    send();
  });
}

const LENGTH = { 'content-length': LONG.length };

test.each<[string, Sent, number]>([
  ['too large, by its length', { headers: LENGTH }, 413],
  ['too large, in chunks', {}, 413],
  ['too large, of a client that closes', { headers: { ...LENGTH, connection: 'close' } }, 413],
  ['too large, in chunks, of a client that closes', { headers: { connection: 'close' } }, 413],
  ['of an unknown client', { headers: { ...LENGTH, authorization: 'Bearer no' } }, 401],
  ['of an unknown client that closes', { headers: { connection: 'close', authorization: 'Bearer no' } }, 401],
  ['for a route without one', { path: '/me', headers: { connection: 'close' } }, 405],
  ['in an unknown coding', { headers: { 'content-encoding': 'compress', connection: 'close' } }, 415],
  ['of another type', { headers: { 'content-type': 'text/plain', connection: 'close' } }, 415],
  ['that is no gzip', { headers: { 'content-encoding': 'gzip' } }, 400],
])('a body %s is answered', async (_case, sent, status) => {
  // Several in a row: a connection must serve the next request, and a race shows more often.
  for (let times = 0; times < 2; times++) expect(await statusOf(sent)).toBe(status);
  expect(await statusOf({ body: Buffer.from('[]') })).toBe(400);
});

test('a connection serves on after a refused body that has arrived', async () => {
  const statuses: (number | undefined)[] = [];
  const sockets = new Set<unknown>();
  agent.on('free', (socket) => sockets.add(socket));
  for (const body of [Buffer.from('{bad'), LONG, Buffer.from('{}')]) statuses.push(await statusOf({ body }));
  expect(statuses).toStrictEqual([400, 413, 400]);
  expect(sockets.size).toBe(1);
});

test('an accepted request leaves the headers of the connection to Node', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(answer.headers.get('keep-alive')).toMatch(/^timeout=/);
});

test('a body that is too large after decompression is answered', async () => {
  const body = gzipSync(Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * 7919) % 251)), { level: 1 });
  expect(await statusOf({ headers: { 'content-encoding': 'gzip' }, body })).toBe(413);
  expect(await statusOf({ headers: { 'content-encoding': 'gzip', connection: 'close' }, body })).toBe(413);
});
