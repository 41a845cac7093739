/** Routes for all jobs that match a filter: their numbers, cancelling and deleting them. */
import type { FastifyInstance } from 'fastify';
import { JOB_STATES } from '../jobs/job.js';
import { FILTER_BODY, FILTER_QUERY, type FilterQuery, filterIn, filterOf } from './job-filter.js';
import { NO_QUERY } from './query.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { jobsOf, type RouteContext } from './route-context.js';
import { COUNT, exactly, type Schema } from './schema-parts.js';

const TALLY: Schema = {
  $id: 'JobTally',
  ...exactly({
    total: COUNT,
    states: exactly(Object.fromEntries(JOB_STATES.map((state) => [`${state}?`, COUNT]))),
  }),
};

const MANY_JOBS: Schema = {
  $id: 'ManyJobs',
  ...exactly({
    matched: { ...COUNT, description: 'Number of jobs that matched when the call began' },
    done: {
      ...COUNT,
      description: 'How many of them were cancelled or deleted; repeat the call while that is less than `matched`',
    },
  }),
};

/** The named schemas. */
export const MANY_JOBS_SCHEMAS: readonly Schema[] = [FILTER_BODY, TALLY, MANY_JOBS];

/** Adds the routes. */
export function addManyJobsRoutes(app: FastifyInstance, { bodyLimit }: RouteContext): void {
  app.get<{ Querystring: FilterQuery }>(
    '/jobs/tally',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'tallyJobs',
        summary: 'How many jobs of the tenant match, by their states',
        querystring: { type: 'object', additionalProperties: false, properties: FILTER_QUERY },
        response: { 200: json('Numbers of jobs', { $ref: 'JobTally#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const states = await jobsOf(request).tally(filterOf(request.query));
      const total = Object.values(states).reduce((sum, count) => sum + count, 0);
      return reply.header('cache-control', 'no-store').send({ total, states });
    },
  );

  const act = (action: 'cancel' | 'delete', summary: string) => {
    app.post(
      `/jobs/${action}`,
      {
        onRequest: needs('cancel'),
        bodyLimit,
        schema: {
          operationId: `${action}Jobs`,
          summary: `${summary}; a call ends after 1000 jobs or 5 s`,
          querystring: NO_QUERY,
          body: { $ref: 'JobFilter#' },
          response: { 200: json('What was done', { $ref: 'ManyJobs#' }), ...problems(413, 415) },
        },
      },
      async (request, reply) => {
        const jobs = jobsOf(request);
        const filter = filterIn(request.body);
        const done = await (action === 'cancel' ? jobs.cancelAll(filter) : jobs.deleteAll(filter));
        return reply.header('cache-control', 'no-store').send(done);
      },
    );
  };
  act('cancel', 'Cancels the unfinished jobs of the tenant that match');
  act('delete', 'Deletes the ended jobs of the tenant that match, with their results and requests');
}
