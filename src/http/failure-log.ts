/** Logs failures, with details that clients do not see. */
import type { FastifyRequest } from 'fastify';
import { isError } from '../terms/any-error.js';
import type { SluiceError } from '../terms/errors.js';
import { steadyLogger } from '../terms/logger.js';

/** Logs a failure of the service with its cause; refused requests are not logged here. */
export function logFailure(cause: unknown, error: SluiceError, status: number, request: FastifyRequest): void {
  // The client disconnected, before or after its answer was begun.
  if (status < 500 || error.code === 'ABORTED' || (request.raw.socket.destroyed && isCut(cause))) return;
  steadyLogger(request.log).error({ err: isError(cause) ? cause : error, code: error.code }, 'request failed');
}

/** Whether the stream of an answer was destroyed, as it is when nobody is left to read it. */
function isCut(cause: unknown): boolean {
  return isError(cause) && 'code' in cause && cause.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
