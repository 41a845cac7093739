/** Completed requests, reported to a listener that counts them. */
import type { FastifyInstance } from 'fastify';

/** A completed request: its response was sent, or aborted because the client disconnected. */
export interface CompletedRequest {
  readonly method: string;
  /** The route as it was registered, with the names of its parameters. */
  readonly route: string;
  /** Status of the response; 499, as in proxies, if the client disconnected before there was one. */
  readonly status: number;
  /** From the arrival of the request to the last byte of the response. */
  readonly durationMs: number;
}

/** Called for each request of a plugin; must not throw. */
export type CompletedRequestListener = (request: CompletedRequest) => void;

const CLIENT_GONE = 499;

/** Reports every request of a scope. Fastify's own hook for responses is not called when the client disconnects. */
export function reportCompleted(app: FastifyInstance, listener: CompletedRequestListener): void {
  app.addHook('onRequest', async ({ method, routeOptions }, { raw }) => {
    const began = performance.now();
    raw.once('close', () => {
      const status = raw.headersSent ? raw.statusCode : CLIENT_GONE;
      listener({ method, route: routeOptions.url ?? '', status, durationMs: performance.now() - began });
    });
  });
}
