/** The routes of `requesttrackingservice/get` and `eventservice/get`. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Job } from '../jobs/job.js';
import type { TenantJobs } from '../jobs/tenant-jobs.js';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { SluiceError } from '../terms/errors.js';
import { sendDocumentedError } from './documented-error.js';
import { acceptGetBody, type GetService, isRequested, viewObject } from './get-service.js';
import { NO_QUERY } from './query.js';
import { documentedErrors, json, type Schema } from './responses.js';
import { jobsOf, type RouteContext } from './route-context.js';

/** A service and its route. */
export interface GetRoute {
  readonly url: string;
  readonly operationId: string;
  readonly summary: string;
  /** Schema of the path parameters. */
  readonly params?: Schema;
  /** Names of the schemas of its body and its response. */
  readonly schemas: readonly [request: string, response: string];
  /** The member that holds the objects. */
  readonly collection: string;
  readonly service: GetService;
}

const NOTHING_FOUND = {
  messages: [{ messageCode: 'I0012', message: 'No objects found', messageType: 'info', messageParams: [] }],
};

/** Adds the route of a service. */
export function addGetServiceRoute(app: FastifyInstance, route: GetRoute, { bodyLimit }: RouteContext): void {
  const { url, operationId, summary, params, collection, service } = route;
  const [requestSchema, responseSchema] = route.schemas;
  app.post(
    url,
    {
      bodyLimit,
      errorHandler: sendDocumentedError('response'),
      schema: {
        operationId,
        summary,
        ...(params && { params }),
        querystring: NO_QUERY,
        body: { $ref: `${requestSchema}#` },
        response: {
          200: json('What was found', { $ref: `${responseSchema}#` }),
          ...documentedErrors('ServiceError'),
        },
      },
    },
    async (request, reply) => {
      const query = acceptGetBody(request.body, service);
      const jobs = await findJobs(jobsOf(request), query.taskIds);
      const found = jobs.flatMap((job) => service.objectsOf(job)).filter((object) => isRequested(object, query));
      const shown = found
        .slice(0, query.maxRecords)
        .map((object) => viewObject(service.type, object, query.attributes));
      return reply.header('cache-control', 'no-store').send({
        request: { returnRequest: false, requestId: randomUUID() },
        response: {
          [collection]: shown.length > 0 ? shown : undefined,
          status: 'success',
          statusDetail: found.length > 0 ? undefined : NOTHING_FOUND,
          totalRecords: found.length,
        },
      });
    },
  );
}

/** The existing jobs, in the order of the ids. */
async function findJobs(jobs: TenantJobs, ids: readonly string[]): Promise<readonly Job[]> {
  const found: Job[] = [];
  for (const id of ids) {
    if (turnIsOver()) await nextTurn();
    try {
      found.push(await jobs.get(id));
    } catch (cause) {
      if (!(cause instanceof SluiceError && cause.code === 'NO_SUCH_JOB')) throw cause;
    }
  }
  return found;
}
