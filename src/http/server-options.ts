/** A server on which nothing is answered but by us: what Node and Fastify refuse by themselves is a problem too. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.js';
import { Refusal } from './refusal.js';
import { problemText, refuseConnection } from './refuse-connection.js';
import { refuseRoute } from './route-context.js';

/** What Fastify is made with. */
export const SERVER_OPTIONS = {
  http: {
    // Node looks for slow requests each 30 s unless it is told otherwise.
    connectionsCheckingInterval: 5000,
    // Node refuses a request without one by an empty answer; `answerAll` refuses it in words.
    requireHostHeader: false,
  },
  // What Fastify refuses before any route has its say.
  frameworkErrors: sendProblem,
  clientErrorHandler: refuseConnection,
} as const;

/** Answers what no route is there for, and what Node would answer by itself with an empty body. */
export function answerAll(app: FastifyInstance): void {
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(refuseRoute);
  app.addHook('onRequest', async ({ raw }) => {
    const hosts = raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
    if (hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')) return;
    throw new Refusal('INVALID', 'a request has one Host header', { status: 400, path: 'headers.host' });
  });
  app.server.on('checkExpectation', ({ headers }: IncomingMessage, response: ServerResponse) => {
    const text = problemText(417, `only 100-continue can be expected, not ${headers.expect}`);
    response.writeHead(417, { ...text.headers, 'cache-control': 'no-store', connection: 'close' }).end(text.body);
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    const { head, body } = problemText(405, 'this is no proxy');
    socket.on('error', () => {});
    socket.end(head + body);
  });
}
