/** Presence of clients: work for a disconnected client ends. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Returns a signal that fires when the client disconnects, the response is complete, or the server closes. */
export type Presence = (reply: FastifyReply) => AbortSignal;

/** Why work for a client ends; one error for all, since a new one takes longer than the rest of a signal. */
const GONE = new Error('the client has gone, or has its response');

/** Watches the clients of a plugin. */
export function watchPresence(app: FastifyInstance): Presence {
  const open = new Set<AbortController>();
  let closing = false;
  // A closing server waits for pending responses: end those that wait for jobs.
  app.addHook('preClose', async () => {
    closing = true;
    for (const controller of open) controller.abort(GONE);
  });
  return ({ raw }) => {
    const controller = new AbortController();
    open.add(controller);
    const end = () => {
      open.delete(controller);
      controller.abort(GONE);
    };
    if (closing || raw.closed) end();
    else raw.once('close', end);
    return controller.signal;
  };
}
