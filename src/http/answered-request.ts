/** Requests whose answers are over, told to whoever counts them. */
import type { FastifyInstance } from 'fastify';

/** A request whose answer is over: sent, or broken off because the client went away. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route as it was added, with the names of its parameters in place of what stood there. */
  readonly route: string;
  /** What the answer said; 499, as proxies note it, where the client was gone before there was one. */
  readonly status: number;
  /** From the arrival of the request to the last byte of the answer. */
  readonly durationMs: number;
}

/** Told of each request of a plugin; must not throw. */
export type AnswerListener = (request: AnsweredRequest) => void;

const CLIENT_GONE = 499;

/** Tells of every request of a scope. Fastify's own hook for answers does not come when the client goes away. */
export function reportAnswered(app: FastifyInstance, listener: AnswerListener): void {
  app.addHook('onRequest', async ({ method, routeOptions }, { raw }) => {
    const began = performance.now();
    raw.once('close', () => {
      const status = raw.headersSent ? raw.statusCode : CLIENT_GONE;
      listener({ method, route: routeOptions.url ?? '', status, durationMs: performance.now() - began });
    });
  });
}
