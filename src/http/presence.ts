/** Whether a client is still there: what is done for one that went away ends. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Answers a signal that fires when the client is gone, was answered, or the server closes. */
export type Presence = (reply: FastifyReply) => AbortSignal;

/** Watches the clients of one plugin. */
export function watchPresence(app: FastifyInstance): Presence {
  const open = new Set<AbortController>();
  let closing = false;
  // A server that closes waits for its answers: those that wait for jobs must not keep it.
  app.addHook('preClose', async () => {
    closing = true;
    for (const controller of open) controller.abort();
  });
  return ({ raw }) => {
    const controller = new AbortController();
    open.add(controller);
    const end = () => {
      open.delete(controller);
      controller.abort();
    };
    if (closing || raw.closed) end();
    else raw.once('close', end);
    return controller.signal;
  };
}
