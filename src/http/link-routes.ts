/** Links to files: sluice's own route that creates them. */
import type { FastifyInstance } from 'fastify';
import { Faults } from '../options/faults.js';
import { linkTo } from './link-to.js';
import { NO_QUERY } from './query.js';
import { requireResult } from './require-result.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';

/** Adds sluice's own route. */
export function addLinkRoute(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: JobParams }>(
    '/jobs/:id/links',
    {
      onRequest: needs('read'),
      bodyLimit: context.bodyLimit,
      schema: {
        operationId: 'createLink',
        summary: 'Creates a link to a file of the result that needs no token for a limited time',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        body: { $ref: 'LinkRequest#' },
        response: { 201: json('The link', { $ref: 'Link#' }), ...problems(404, 409, 410, 413, 415) },
      },
    },
    async (request, reply) => {
      const requested = acceptLinkBody(request.body);
      const id = jobIdOf(request.params.id);
      const job = await jobsOf(request).get(id);
      requireResult(job);
      const name = requested ?? job.files[0]?.name ?? '';
      const { href, expiresAt } = await linkTo(request, { id, name }, context);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ file: name, href, expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}

/** The requested file name; undefined means the first file. */
function acceptLinkBody(input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['file']);
  const name = faults.string(body.file, 'file');
  faults.throwIfAny();
  return name;
}
