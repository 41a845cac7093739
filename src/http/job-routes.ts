/** The routes of jobs: one, a page of them, its deletion, the envelope of its result. */
import contentDisposition from 'content-disposition';
import type { FastifyInstance } from 'fastify';
import { isEnded } from '../jobs/job.js';
import { eachInTurns } from '../loop/turn.js';
import { wholeOf } from '../sources/whole-readable.js';
import { FILTER_QUERY, type FilterQuery, filterOf } from './job-filter.js';
import { viewHistory, viewJob, viewSummary } from './job-view.js';
import { NO_QUERY, type QuerySchema } from './query.js';
import { requireResult } from './require-result.js';
import { header, json, problems } from './responses.js';
import { needs } from './rights.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';

/** Default size of a page. */
const PAGE = 50;

const LIST_QUERY: QuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...FILTER_QUERY,
    limit: { type: 'integer', minimum: 1, maximum: 500, default: PAGE, description: 'Maximum number of jobs' },
    after: { type: 'string', minLength: 1, maxLength: 500, description: 'Start of the page; see `next`' },
  },
};

interface ListQuery extends FilterQuery {
  readonly limit?: number;
  readonly after?: string;
}

const NO_STORE = { 'cache-control': 'no-store' };

/** Adds the routes. */
export function addJobRoutes(app: FastifyInstance, { links, presence, settingsOf, downloads }: RouteContext): void {
  app.get<{ Querystring: ListQuery }>(
    '/jobs',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'listJobs',
        summary:
          'The jobs of the tenant that match, without their requests, the newest first; fewer than the limit where they take much room',
        querystring: LIST_QUERY,
        response: { 200: json('A page of jobs', { $ref: 'JobList#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const { limit = PAGE, after, ...filter } = request.query;
      const page = await jobsOf(request).list({ ...filterOf(filter), limit, after });
      const next = page.next === undefined ? undefined : queryOf({ ...filter, limit: `${limit}`, after: page.next });
      // Serialized job by job in turns: a page may be large.
      const jobs: string[] = [];
      await eachInTurns(page.jobs, (job) => void jobs.push(JSON.stringify(viewSummary(job, links))));
      const rest = next === undefined ? '' : `,"next":${JSON.stringify(links.list(next.toString()))}`;
      return reply
        .headers(NO_STORE)
        .type('application/json; charset=utf-8')
        .send(`{"jobs":[${jobs.join(',')}]${rest}}`);
    },
  );

  app.get<{ Params: JobParams }>(
    '/jobs/:id',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'getJob',
        summary: 'A job; 200 whatever its state',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        response: {
          200: json(
            'The job',
            { $ref: 'Job#' },
            { 'retry-after': header('Seconds to the next look at a job on its way') },
          ),
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const job = await jobsOf(request).get(jobIdOf(request.params.id));
      if (!isEnded(job.state)) reply.header('retry-after', '1');
      return reply.headers(NO_STORE).send(viewJob(job, links));
    },
  );

  app.get<{ Params: JobParams }>(
    '/jobs/:id/history',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'getJobHistory',
        summary: 'What has happened to a job: its attempts, and how far it was when',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        response: { 200: json('The history', { $ref: 'JobHistory#' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const history = await jobsOf(request).history(jobIdOf(request.params.id));
      return reply.headers(NO_STORE).send(viewHistory(history));
    },
  );

  app.delete<{ Params: JobParams }>(
    '/jobs/:id',
    {
      onRequest: needs('cancel'),
      schema: {
        operationId: 'deleteJob',
        summary: 'Cancels an unfinished job, or deletes an ended one with its result and its request',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        response: { 200: json('The job', { $ref: 'Job#' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const job = await jobsOf(request).cancel(jobIdOf(request.params.id));
      return reply.headers(NO_STORE).send(viewJob(job, links));
    },
  );

  app.get<{ Params: JobParams }>(
    '/jobs/:id/result',
    {
      onRequest: needs('read'),
      exposeHeadRoute: false,
      schema: {
        operationId: 'getResult',
        summary: 'The documented envelope around the result',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        response: { 200: json('The envelope', { $ref: 'Envelope#' }), ...problems(404, 409, 410) },
      },
    },
    async (request, reply) => {
      const gone = presence(reply);
      const id = jobIdOf(request.params.id);
      const jobs = jobsOf(request);
      const job = await jobs.get(id);
      requireResult(job);
      const { expiresAt } = job;
      downloads.count(jobs.tenant, gone);
      const envelope = await jobs.openEnvelope(id, { content: settingsOf(jobs.tenant).content });
      if (gone.aborted) envelope.destroy();
      if (expiresAt !== undefined) reply.header('expires', new Date(expiresAt).toUTCString());
      return reply
        .headers({
          'cache-control': 'private, no-store, no-transform',
          'x-content-type-options': 'nosniff',
          'content-disposition': contentDisposition(`${id}.json`),
        })
        .type('application/json')
        .send(wholeOf(envelope));
    },
  );
}

/** The text of a query; a parameter with several values stands several times. */
function queryOf(parameters: object): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return query;
}
