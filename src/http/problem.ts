/** Errors of our own routes: `application/problem+json` (RFC 9457). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { logFailure } from './failure-log.js';
import { answerTo } from './refusal.js';
import { publicMessage, titleOf } from './statuses.js';

/** The media type of problems. */
export const PROBLEM_JSON = 'application/problem+json';

/** Answers whatever was thrown as a problem. */
export function sendProblem(cause: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { error, status, headers } = answerTo(cause);
  logFailure(cause, error, status, request);
  const { code, message, source, path, faults } = error;
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...headers })
    .type(PROBLEM_JSON)
    .send({
      type: `urn:sluice:error:${code}`,
      title: titleOf(code),
      status,
      detail: publicMessage(code, message, source),
      instance: request.url.split('?', 1)[0],
      code,
      ...(path === undefined || status >= 500 ? {} : { path }),
      ...(faults === undefined ? {} : { faults }),
    });
}
