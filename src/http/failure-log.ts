/** What the log is told of a failure; clients are not. */
import type { FastifyRequest } from 'fastify';
import type { SluiceError } from '../terms/errors.js';

/** Logs a failure of the service with its cause; refusals of a client's request are the client's to know. */
export function logFailure(cause: unknown, error: SluiceError, status: number, request: FastifyRequest): void {
  // A client that went away ended its own request.
  if (status < 500 || error.code === 'ABORTED') return;
  request.log.error({ err: cause instanceof Error ? cause : error, code: error.code }, 'request failed');
}
