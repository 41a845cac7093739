/** Routes that make jobs of requests in either form: submission, repetition, explanation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isEnded } from '../jobs/job.js';
import { HIGHEST_PRIORITY } from '../jobs/submit-job.js';
import type { Submission, Submitted } from '../jobs/tenant-jobs.js';
import { acceptOptions, anything, type OptionTable } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { callerOf } from './caller.js';
import { submitterOf, USER_HEADERS } from './documented/submitter.js';
import { keyOf } from './idempotency-key.js';
import { viewJob } from './job-view.js';
import { LONGEST_WAIT, readPreferences } from './prefer.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { header, json, problems } from './responses.js';
import { needs } from './rights.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';
import { exactly, type Schema, TEXT } from './schema-parts.js';

const PRIORITY = {
  type: 'integer',
  minimum: -HIGHEST_PRIORITY,
  maximum: HIGHEST_PRIORITY,
  description: 'Queued jobs of the tenant with a higher number start first; default 0',
};

const WEBHOOK = {
  type: 'string',
  format: 'uri',
  description: 'An address that is told of the end of the job, beside those of the tenant',
};

const SUBMISSION: Schema = {
  $id: 'Submission',
  type: 'object',
  additionalProperties: false,
  required: ['request'],
  properties: {
    request: {
      type: 'object',
      description: 'What to export, in the form of the library or as the documented body (which has `params`)',
    },
    priority: PRIORITY,
    webhook: WEBHOOK,
  },
};

const RERUN: Schema = {
  $id: 'Rerun',
  type: 'object',
  additionalProperties: false,
  properties: { priority: { ...PRIORITY, description: 'Default: that of the job' }, webhook: WEBHOOK },
};

const EXPLANATION: Schema = {
  $id: 'Explanation',
  ...exactly({
    lines: {
      type: 'array',
      items: TEXT,
      description: 'What would happen, one sentence each, in the order of the data',
    },
    fileName: { ...TEXT, description: 'Name of the file that would be stored, with `ID` for the id of the job' },
    mediaType: TEXT,
    mode: { ...TEXT, enum: ['AUTO', 'SYNC', 'ASYNC'], description: 'How the service responds, by the profile' },
    'profile?': TEXT,
    'types?': { type: 'array', items: TEXT, description: 'The types of entities that the request names' },
  }),
};

/** The named schemas. */
export const SUBMISSION_SCHEMAS: readonly Schema[] = [SUBMISSION, RERUN, EXPLANATION];

/** Members of the body of a submission; their values are accepted by the jobs. */
type SubmissionBody = Pick<Submission, 'request' | 'priority' | 'webhook'>;

const SUBMISSION_BODY: OptionTable<SubmissionBody> = { request: anything, priority: anything, webhook: anything };

const RERUN_BODY: OptionTable<Pick<Submission, 'priority' | 'webhook'>> = { priority: anything, webhook: anything };

const HEADERS = {
  prefer: header('`wait=N`: respond once the job has ended, or after N seconds'),
  ...USER_HEADERS,
  'idempotency-key': header('A repeated request with the same key and body returns the same job'),
};

const CREATED = {
  201: json('The new job', { $ref: 'Job#' }, { location: header('The job') }),
  200: json('The job that was submitted before under this key', { $ref: 'Job#' }, { location: header('The job') }),
};

/** Adds the routes. */
export function addSubmissionRoutes(app: FastifyInstance, context: RouteContext): void {
  const { bodyLimit, settingsOf } = context;
  const userOf = (request: FastifyRequest) =>
    submitterOf(request, settingsOf(jobsOf(request).tenant), callerOf(request));

  app.post(
    '/jobs',
    {
      onRequest: needs('submit'),
      bodyLimit,
      schema: {
        operationId: 'submitJob',
        summary: 'Creates a job of a request, in the form of the library or as the documented body',
        headers: { type: 'object', properties: HEADERS },
        querystring: NO_QUERY,
        body: { $ref: 'Submission#' },
        response: { ...CREATED, ...problems(403, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const idempotencyKey = keyOf(request);
      const submission = { ...submissionIn(request.body), idempotencyKey, ...userOf(request) };
      return answer(request, reply, await jobsOf(request).submit(submission));
    },
  );

  app.post<{ Params: JobParams }>(
    '/jobs/:id/rerun',
    {
      onRequest: needs('submit'),
      bodyLimit,
      schema: {
        operationId: 'rerunJob',
        summary: 'Creates a job with the request of this one, which it names as `rerunOf`',
        params: JOB_PARAMS,
        headers: { type: 'object', properties: HEADERS },
        querystring: NO_QUERY,
        body: { $ref: 'Rerun#' },
        response: { ...CREATED, ...problems(403, 404, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const body = request.body ?? {};
      acceptOptions(body, RERUN_BODY);
      const options = { ...(isObject(body) ? body : {}), idempotencyKey: keyOf(request), ...userOf(request) };
      const again = await jobsOf(request).rerun(jobIdOf(request.params.id), options);
      return answer(request, reply, again);
    },
  );

  app.post(
    '/explain',
    {
      onRequest: needs('read'),
      bodyLimit,
      schema: {
        operationId: 'explainJob',
        summary: 'What a job of this submission would do; faults have the path of the member they belong to',
        querystring: NO_QUERY,
        body: { $ref: 'Submission#' },
        response: { 200: json('The explanation', { $ref: 'Explanation#' }), ...problems(413, 415) },
      },
    },
    async (request, reply) => {
      const explanation = await jobsOf(request).explain({ ...submissionIn(request.body), ...userOf(request) });
      return reply.header('cache-control', 'no-store').send(explanation);
    },
  );

  async function answer(request: FastifyRequest, reply: FastifyReply, submitted: Submitted): Promise<FastifyReply> {
    const gone = context.presence(reply);
    const { waitSeconds = 0 } = readPreferences(request.headers.prefer);
    const timeoutMs = 1000 * Math.min(waitSeconds, LONGEST_WAIT);
    const { id, state } = submitted.job;
    const waits = timeoutMs > 0 && !isEnded(state);
    const job = waits ? await jobsOf(request).waitFor(id, { timeoutMs, signal: gone }) : submitted.job;
    return reply
      .code(submitted.created ? 201 : 200)
      .headers({ location: context.links.job(id), 'cache-control': 'no-store' })
      .send(viewJob(job, context.links));
  }
}

/**
 * The submission in a body.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID`
 */
export function submissionIn(body: unknown): SubmissionBody {
  if (!isObject(body)) throw new Refusal('INVALID', 'body: must be an object with a request', { path: 'body' });
  acceptOptions(body, SUBMISSION_BODY, ['request']);
  return { request: {}, ...body };
}
