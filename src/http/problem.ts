/** Errors of sluice's own routes: `application/problem+json` (RFC 9457). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logFailure } from './failure-log.js';
import { beginError, responseTo } from './refusal.js';
import { publicMessage, titleOf } from './statuses.js';

/** The media type of problems. */
export const PROBLEM_JSON = 'application/problem+json';

/** Maximum length of a path in a problem; longer ones match no route. */
const LONGEST_INSTANCE = 1000;

/** Sends an error as a problem. */
export function sendProblem(cause: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const response = responseTo(cause);
  const { error, status } = response;
  logFailure(cause, error, status, request);
  const { code, message, source, path, faults, moreFaults } = error;
  return beginError(reply, response)
    .type(PROBLEM_JSON)
    .send({
      type: `urn:sluice:error:${code}`,
      title: titleOf(code),
      status,
      detail: publicMessage(code, message, source),
      instance: request.url.split('?', 1)[0].slice(0, LONGEST_INSTANCE),
      code,
      path: status >= 500 ? undefined : path,
      faults,
      moreFaults,
    });
}
