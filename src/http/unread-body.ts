/** Responses to requests whose body has not arrived completely. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long a response may wait for the rest of a body, in milliseconds. */
const LONGEST_WAIT_MS = 5000;

/**
 * Reads and discards what is left of a body that is refused, e.g. because it is too large, before it is answered. Many
 * clients send all of it before they look at the response, and lose the response if the connection is closed meanwhile.
 */
export function discardUnreadBodies(app: FastifyInstance): void {
  app.addHook('onSend', async ({ raw }, reply, payload) => {
    const isComplete = raw.complete || raw.readableEnded || (await hasEnded(raw));
    // Fastify closes connections of refused bodies; one whose body has ended is ready for the next request.
    const isClosed = reply.hasHeader('connection') && !reply.raw.hasHeader('connection');
    if (isComplete && isClosed && reply.raw.shouldKeepAlive) reply.header('connection', 'keep-alive');
    return payload;
  });
}

/** Waits for the end of a request; false if it takes too long. */
function hasEnded(request: IncomingMessage): boolean | Promise<boolean> {
  if (request.destroyed) return false;
  // A decoder that nobody reads would stop the body.
  request.unpipe();
  request.resume();
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), LONGEST_WAIT_MS);
    const ended = () => {
      clearTimeout(late);
      resolve(true);
    };
    request.once('end', ended);
    request.once('close', ended);
  });
}
