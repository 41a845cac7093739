/** Completed requests, reported to a listener that counts them. */
import type { FastifyInstance } from 'fastify';
import { callbackFailed } from '../terms/callback-failed.js';
import { guardedCall } from '../terms/guarded-call.js';
import { steadyLogger } from '../terms/logger.js';

/** A completed request: its response was sent, or aborted because the client disconnected. */
export interface CompletedRequest {
  /** Method of the request, in capitals. */
  readonly method: string;
  /** The route as it was registered, with the names of its parameters. */
  readonly route: string;
  /** Status of the response; 499, as in proxies, if the client disconnected before there was one. */
  readonly status: number;
  /** From the arrival of the request to the last byte of the response. */
  readonly durationMs: number;
}

/** Called for each request of a plugin. What it throws is logged as `CALLBACK_FAILED`. */
export type CompletedRequestListener = (request: CompletedRequest) => void;

const CLIENT_GONE = 499;

/** Reports every request of a scope. Fastify's own hook for responses is not called when the client disconnects. */
export function reportCompleted(app: FastifyInstance, listener: CompletedRequestListener): void {
  const logger = steadyLogger(app.log);
  const onFault = (cause: unknown) => {
    const error = callbackFailed('onRequestCompleted', cause, 'http');
    logger.error({ err: error, code: error.code }, 'onRequestCompleted failed');
  };
  app.addHook('onRequest', async ({ method, routeOptions }, { raw }) => {
    const began = performance.now();
    raw.once('close', () => {
      const status = raw.headersSent ? raw.statusCode : CLIENT_GONE;
      const request = { method, route: routeOptions.url ?? '', status, durationMs: performance.now() - began };
      guardedCall(() => listener(request), onFault);
    });
  });
}
