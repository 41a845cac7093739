/** Changes as server-sent events: of one job, from the last one that was seen to its end, or of all jobs of a tenant. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isEnded, type JobSummary } from '../jobs/job.js';
import type { TenantChange } from '../jobs/tenant-jobs.js';
import { MAX_TIMER_MS } from '../options/accept-options.js';
import { callerOf } from './caller.js';
import { eventText } from './event-text.js';
import { viewSummary } from './job-view.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { body, empty, problems } from './responses.js';
import { needs } from './rights.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';

/** Adds the routes. */
export function addEventsRoutes(app: FastifyInstance, { links, presence, streams }: RouteContext): void {
  app.get<{ Params: JobParams }>(
    '/jobs/:id/events',
    {
      onRequest: needs('read'),
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchJob',
        summary: 'The job, now and after each change, until it has ended',
        params: JOB_PARAMS,
        headers: {
          type: 'object',
          properties: {
            'last-event-id': { type: 'string', description: 'The last version that was seen', pattern: '^[0-9]*$' },
          },
        },
        querystring: NO_QUERY,
        response: {
          200: body('Events `job` with the job, as lists show it, as data and its version as id', 'text/event-stream', {
            type: 'string',
          }),
          204: empty('The job has ended, and its end was seen: do not come again'),
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const gone = presence(reply);
      const jobs = jobsOf(request);
      const id = jobIdOf(request.params.id);
      const after = lastVersion(request.headers['last-event-id']);
      const job = await jobs.get(id);
      if (after !== undefined && isEnded(job.state) && job.version <= after) return reply.code(204).send();

      streams.count(jobs.tenant, gone);
      const changes = jobs.watch(id, { after, signal: untilExpiry(request, gone) });
      const frame = (change: JobSummary) =>
        `id: ${change.version}\nevent: job\ndata: ${JSON.stringify(viewSummary(change, links))}\n\n`;
      return sendEvents(reply, eventText(changes, frame));
    },
  );

  app.get(
    '/jobs/events',
    {
      onRequest: needs('read'),
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchJobs',
        summary: 'All jobs of the tenant, after each change',
        querystring: NO_QUERY,
        response: {
          200: body(
            'Events `ready` once changes are noticed, and again where some may have been missed: list the jobs then; `job` with a job, as lists show it; `removed` with the id of a deleted one',
            'text/event-stream',
            { type: 'string' },
          ),
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const gone = presence(reply);
      const jobs = jobsOf(request);
      streams.count(jobs.tenant, gone);
      const frame = (change: TenantChange) =>
        `event: ${change.kind === 'changed' ? 'job' : change.kind}\ndata: ${dataOf(change)}\n\n`;
      const dataOf = (change: TenantChange) =>
        JSON.stringify(
          change.kind === 'changed'
            ? viewSummary(change.job, links)
            : change.kind === 'removed'
              ? { id: change.id }
              : {},
        );
      return sendEvents(reply, eventText(jobs.watchAll({ signal: untilExpiry(request, gone) }), frame));
    },
  );
}

function sendEvents(reply: FastifyReply, texts: AsyncGenerator<string>): FastifyReply {
  return reply
    .headers({
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
      // Prevents buffering by nginx.
      'x-accel-buffering': 'no',
    })
    .type('text/event-stream')
    .send(asStream(texts));
}

/** A signal that also fires when the credentials of the caller expire: what comes later needs new ones. */
function untilExpiry(request: FastifyRequest, gone: AbortSignal): AbortSignal {
  const { expiresAt = Number.POSITIVE_INFINITY } = callerOf(request);
  if (expiresAt === Number.POSITIVE_INFINITY) return gone;
  const left = Math.min(MAX_TIMER_MS, Math.max(0, Math.round(expiresAt - Date.now())));
  return AbortSignal.any([gone, AbortSignal.timeout(left)]);
}

/** @throws SluiceError `INVALID` */
function lastVersion(given: string | readonly string[] | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string' && /^\d{1,15}$/.test(given)) return Number(given);
  throw new Refusal('INVALID', 'headers.last-event-id: must be the id of an event', { path: 'headers.last-event-id' });
}

/** A stream that pulls one text at a time. */
function asStream(texts: AsyncGenerator<string>): ReadableStream<string> {
  return new ReadableStream<string>(
    {
      async pull(controller) {
        const { done, value } = await texts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      // The changes have ended with the client: this does not wait for one.
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
