/** Server options with which also the errors of Node and Fastify are problems. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendProblem } from './problem.js';
import { Refusal } from './refusal.js';
import { problemText, refuseConnection } from './refuse-connection.js';
import { refuseRoute } from './route-context.js';
import { discardUnreadBodies } from './unread-body.js';

/** Options of Fastify. */
export const SERVER_OPTIONS = {
  http: {
    // The default interval of checks for slow requests is 30 s.
    connectionsCheckingInterval: 5000,
    // Node would refuse a request without a Host with an empty response; `answerAll` sends a problem.
    requireHostHeader: false,
  },
  // Errors before routing.
  frameworkErrors: sendProblem,
  clientErrorHandler: refuseConnection,
} as const;

/** Responds to unknown paths, and to requests that Node itself would answer with an empty body. */
export function answerAll(app: FastifyInstance): void {
  app.setErrorHandler(sendProblem);
  const methods = answerOptions(app);
  app.setNotFoundHandler(async (request, reply) =>
    // It asks for the methods of the server, whatever the path.
    request.method === 'OPTIONS' && request.url === '*' ? sendMethods(reply, methods) : refuseRoute(request),
  );
  discardUnreadBodies(app);
  app.addHook('onRequest', async ({ raw }) => {
    const hosts = raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
    if (hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')) return;
    throw new Refusal('INVALID', 'a request must have exactly one Host header', { status: 400, path: 'headers.host' });
  });
  app.server.on('checkExpectation', ({ headers }: IncomingMessage, response: ServerResponse) => {
    const text = problemText(417, `only 100-continue can be expected, not ${headers.expect}`);
    response.writeHead(417, { ...text.headers, 'cache-control': 'no-store', connection: 'close' }).end(text.body);
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    const { head, body } = problemText(405, 'this server is not a proxy');
    socket.on('error', () => {});
    socket.end(head + body);
  });
}

/** Answers OPTIONS with the methods of each route that is added from now on. @returns the methods of all of them */
function answerOptions(app: FastifyInstance): ReadonlySet<string> {
  const methodsOf = new Map<string, Set<string>>();
  const all = new Set(['OPTIONS']);
  app.addHook('onRoute', ({ url, method, schema }) => {
    if (schema?.hide === true) return;
    const known = methodsOf.get(url);
    const methods = known ?? new Set(['OPTIONS']);
    for (const one of [method].flat()) {
      methods.add(one);
      all.add(one);
    }
    if (known) return;
    methodsOf.set(url, methods);
    app.options(url, { schema: { hide: true } }, async (_request, reply) => sendMethods(reply, methods));
  });
  return all;
}

function sendMethods(reply: FastifyReply, methods: ReadonlySet<string>): FastifyReply {
  return reply
    .code(204)
    .headers({ allow: [...methods].sort().join(', '), 'cache-control': 'no-store' })
    .send();
}
