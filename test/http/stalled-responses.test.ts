/** Clients that take nothing of a response lose it; others do not. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endStalled } from '../../src/http/stalled-responses.js';

const STALL_MS = 20;
const CHUNK = Buffer.alloc(1024 * 1024);

let app: FastifyInstance;
let port = 0;
let stalled = 0;
/** Ends the responses of `/slow`. */
let goOn = () => {};
beforeEach(async () => {
  stalled = 0;
  app = fastify({ forceCloseConnections: true });
  endStalled(app, STALL_MS, () => stalled++);
  app.get('/endless', async (_request, reply) => {
    const endless = function* () {
      for (;;) yield CHUNK;
    };
    return reply.send(Readable.from(endless()));
  });
  app.get('/slow', async (_request, reply) => {
    const slow = async function* () {
      yield 'first';
      await new Promise<void>((resolve) => (goOn = resolve));
      yield ' last';
    };
    return reply.send(Readable.from(slow()));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterEach(() => app.close());

const open = (path: string) =>
  new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1', path, agent: false }, resolve));

test('a client that stops reading loses its connection, and is counted', async () => {
  const [connection] = await Promise.all([once(app.server, 'connection'), open('/endless')]);
  await once(connection[0], 'close');
  expect(stalled).toBe(1);
});

test('a client that waits for a slow source gets all of it', async () => {
  const response = await open('/slow');
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    // Once the timer has fired some times.
    if (text === 'first') setTimeout(() => goOn(), STALL_MS * 5);
  });
  await once(response, 'end');
  expect([text, stalled]).toStrictEqual(['first last', 0]);
});
