/** Who the caller is, and what it may do: clients show no action that would be refused. */
import type { FastifyInstance } from 'fastify';
import { callerOf } from './caller.js';
import { RIGHTS } from './identity.js';
import { NO_QUERY } from './query.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { exactly, type Schema } from './schema-parts.js';

/** The named schema. */
export const CALLER_SCHEMA: Schema = {
  $id: 'Caller',
  ...exactly({
    tenant: { type: 'string', description: 'The tenant of the caller' },
    'user?': { type: 'string', description: 'The authenticated user, if there is one' },
    rights: {
      type: 'array',
      items: { type: 'string', enum: RIGHTS },
      description:
        '`read`: jobs, results and entities; `submit`: exports; `cancel`: to cancel and delete; `admin`: all',
    },
  }),
};

/** Adds the route. */
export function addMeRoute(app: FastifyInstance): void {
  app.get(
    '/me',
    {
      onRequest: needs(),
      schema: {
        operationId: 'getCaller',
        summary: 'Who the caller is, and what it may do',
        querystring: NO_QUERY,
        response: { 200: json('The caller', { $ref: 'Caller#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const { tenant, user, rights } = callerOf(request);
      return reply.header('cache-control', 'no-store').send({ tenant, user, rights });
    },
  );
}
