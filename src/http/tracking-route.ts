/** The route of `requesttrackingservice/get`. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Job } from '../jobs/job.js';
import type { TenantJobs } from '../jobs/tenant-jobs.js';
import { SluiceError } from '../terms/errors.js';
import { documentedErrors, json, type Schema } from './answers.js';
import { sendDocumentedError } from './documented-error.js';
import { NO_QUERY } from './query.js';
import { acceptTrackingBody, viewTask } from './request-tracking.js';
import { jobsOf, type RouteContext } from './route-context.js';

const NOTHING_FOUND = {
  messages: [{ messageCode: 'I0012', message: 'No objects found', messageType: 'info', messageParams: [] }],
};

/** Adds the route. */
export function addTrackingRoute(
  app: FastifyInstance,
  url: string,
  operationId: string,
  params: Schema | undefined,
  { links, bodyLimit }: RouteContext,
): void {
  app.post(
    url,
    {
      bodyLimit,
      errorHandler: sendDocumentedError('response'),
      schema: {
        operationId,
        summary: 'How jobs stand, as documented task summaries',
        ...(params === undefined ? {} : { params }),
        querystring: NO_QUERY,
        body: { $ref: 'TrackingRequest#' },
        response: {
          200: json('The tasks that were found', { $ref: 'TrackingResponse#' }),
          ...documentedErrors('ServiceError'),
        },
      },
    },
    async (request, reply) => {
      const { ids, attributes, maxRecords } = acceptTrackingBody(request.body);
      const found = await findJobs(jobsOf(request), ids);
      const tasks = found.slice(0, maxRecords).map((job) => {
        const [file] = job.files;
        return viewTask(job, attributes, file && links.file(job.id, file.name));
      });
      return reply.header('cache-control', 'no-store').send({
        request: { returnRequest: false, requestId: randomUUID() },
        response: {
          ...(tasks.length > 0 ? { requestObjects: tasks } : {}),
          status: 'success',
          ...(found.length > 0 ? {} : { statusDetail: NOTHING_FOUND }),
          totalRecords: found.length,
        },
      });
    },
  );
}

/** The jobs that are there, in the order of the ids. */
async function findJobs(jobs: TenantJobs, ids: readonly string[]): Promise<readonly Job[]> {
  const found: Job[] = [];
  for (const id of ids) {
    try {
      found.push(await jobs.get(id));
    } catch (cause) {
      if (!(cause instanceof SluiceError && cause.code === 'NO_SUCH_JOB')) throw cause;
    }
  }
  return found;
}
