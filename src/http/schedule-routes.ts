/** Routes of schedules: requests that are submitted again and again. */
import type { FastifyInstance } from 'fastify';
import type { NewSchedule } from '../jobs/tenant-jobs.js';
import { acceptOptions, anything, type OptionTable } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import type { Schedule, ScheduleSummary } from '../schedules/schedule.js';
import { callerOf } from './caller.js';
import { submitterOf, USER_HEADERS } from './documented/submitter.js';
import { isoTime, viewJob } from './job-view.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { header, json, problems } from './responses.js';
import { needs } from './rights.js';
import { jobsOf, type RouteContext } from './route-context.js';
import { COUNT, exactly, type Schema, TEXT, TIME } from './schema-parts.js';
import { publicMessage } from './statuses.js';

/** Members that are given, beside the request. */
const GIVEN = {
  name: { ...TEXT, description: 'What people call it' },
  everyMs: { type: 'integer', minimum: 1000, description: 'Milliseconds from one run to the next' },
  cron: { ...TEXT, description: 'When it runs: minute, hour, day of month, month, day of week' },
  timeZone: { ...TEXT, description: 'The time zone of `cron`, such as `Europe/Berlin`; default UTC' },
  priority: { type: 'integer', minimum: -100, maximum: 100, description: 'As of a submission' },
  webhook: { ...TEXT, format: 'uri', description: 'As of a submission' },
};

const NEW_SCHEDULE: Schema = {
  $id: 'NewSchedule',
  type: 'object',
  additionalProperties: false,
  required: ['request'],
  properties: {
    request: { type: 'object', description: 'What to export, as of a submission' },
    ...GIVEN,
  },
};

const SUMMARY = {
  id: TEXT,
  ...Object.fromEntries(Object.entries(GIVEN).map(([name, schema]) => [`${name}?`, schema])),
  'submittedBy?': TEXT,
  'userId?': TEXT,
  createdAt: TIME,
  nextAt: { ...TIME, description: 'When it is due; without effect while it is paused' },
  'paused?': { type: 'boolean', description: 'Whether it waits until it is resumed' },
  runs: { ...COUNT, description: 'Jobs that were submitted when it was due' },
  leftOut: { ...COUNT, description: 'Times that it was due while the job before had not ended' },
  'lastJob?': { ...TEXT, description: 'The job that was submitted last' },
  'lastRunAt?': TIME,
  'lastError?': { ...exactly({ code: TEXT, message: TEXT }), description: 'Why the last run was not submitted' },
};

const SCHEDULE: Schema = { $id: 'Schedule', ...exactly({ ...SUMMARY, request: { description: 'What it exports' } }) };

const SCHEDULE_LIST: Schema = {
  $id: 'ScheduleList',
  ...exactly({ schedules: { type: 'array', items: exactly(SUMMARY) } }),
};

/** The named schemas. */
export const SCHEDULE_SCHEMAS: readonly Schema[] = [NEW_SCHEDULE, SCHEDULE, SCHEDULE_LIST];

/** Members of the body; their values are accepted by the jobs. */
type ScheduleBody = Omit<NewSchedule, 'submittedBy' | 'userId' | 'userEmail'>;

const SCHEDULE_BODY: OptionTable<ScheduleBody> = {
  ...{ request: anything, name: anything, everyMs: anything, cron: anything, timeZone: anything },
  ...{ priority: anything, webhook: anything },
};

interface ScheduleParams {
  readonly id: string;
}

const PARAMS = { type: 'object', required: ['id'], properties: { id: { type: 'string', maxLength: 100 } } };

const NOT_STORED = { 'cache-control': 'no-store' };

/** Calls that let schedules wait, or not. */
const PAUSES = [
  ['pause', 'pauseSchedule', 'Lets a schedule submit nothing when it is due, until it is resumed'],
  ['resume', 'resumeSchedule', 'Resumes a schedule: it is due at its next usual time, whatever was missed'],
] as const;

/** Adds the routes. */
export function addScheduleRoutes(app: FastifyInstance, { links, bodyLimit, settingsOf }: RouteContext): void {
  app.get(
    '/schedules',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'listSchedules',
        summary: 'The schedules of the tenant, without their requests, in the order of their addition',
        querystring: NO_QUERY,
        response: { 200: json('The schedules', { $ref: 'ScheduleList#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const schedules = await jobsOf(request).schedules.list();
      return reply.headers(NOT_STORED).send({ schedules: schedules.map(viewSummary) });
    },
  );

  app.post(
    '/schedules',
    {
      onRequest: needs('submit'),
      bodyLimit,
      schema: {
        operationId: 'addSchedule',
        summary: 'Adds a schedule: a request that is submitted again and again, every so often or by a pattern of cron',
        headers: { type: 'object', properties: USER_HEADERS },
        querystring: NO_QUERY,
        body: { $ref: 'NewSchedule#' },
        response: {
          201: json('The schedule', { $ref: 'Schedule#' }, { location: header('The schedule') }),
          ...problems(403, 413, 415),
        },
      },
    },
    async (request, reply) => {
      const jobs = jobsOf(request);
      const user = submitterOf(request, settingsOf(jobs.tenant), callerOf(request));
      const schedule = await jobs.schedules.add({ ...scheduleIn(request.body), ...user });
      return reply
        .code(201)
        .headers({ location: links.schedule(schedule.id), ...NOT_STORED })
        .send(view(schedule));
    },
  );

  app.get<{ Params: ScheduleParams }>(
    '/schedules/:id',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'getSchedule',
        summary: 'A schedule with its request',
        params: PARAMS,
        querystring: NO_QUERY,
        response: { 200: json('The schedule', { $ref: 'Schedule#' }), ...problems(404) },
      },
    },
    async (request, reply) =>
      reply.headers(NOT_STORED).send(view(await jobsOf(request).schedules.get(request.params.id))),
  );

  app.delete<{ Params: ScheduleParams }>(
    '/schedules/:id',
    {
      onRequest: needs('cancel'),
      schema: {
        operationId: 'removeSchedule',
        summary: 'Deletes a schedule, and returns it for the last time; its jobs stay',
        params: PARAMS,
        querystring: NO_QUERY,
        response: { 200: json('The schedule', { $ref: 'Schedule#' }), ...problems(404) },
      },
    },
    async (request, reply) =>
      reply.headers(NOT_STORED).send(view(await jobsOf(request).schedules.remove(request.params.id))),
  );

  for (const [action, operationId, summary] of PAUSES) {
    app.post<{ Params: ScheduleParams }>(
      `/schedules/:id/${action}`,
      {
        onRequest: needs('submit'),
        schema: {
          operationId,
          summary,
          params: PARAMS,
          querystring: NO_QUERY,
          response: { 200: json('The schedule', { $ref: 'Schedule#' }), ...problems(404) },
        },
      },
      async (request, reply) =>
        reply.headers(NOT_STORED).send(view(await jobsOf(request).schedules[action](request.params.id))),
    );
  }

  app.post<{ Params: ScheduleParams }>(
    '/schedules/:id/run',
    {
      onRequest: needs('submit'),
      schema: {
        operationId: 'runSchedule',
        summary: 'Submits the request of a schedule now; refused while the job before has not ended',
        params: PARAMS,
        querystring: NO_QUERY,
        response: {
          201: json('The new job', { $ref: 'Job#' }, { location: header('The job') }),
          ...problems(403, 404),
        },
      },
    },
    async (request, reply) => {
      const { job } = await jobsOf(request).schedules.run(request.params.id);
      return reply
        .code(201)
        .headers({ location: links.job(job.id), ...NOT_STORED })
        .send(viewJob(job, links));
    },
  );
}

/** @throws SluiceError `UNKNOWN_KEY`, `INVALID` */
function scheduleIn(body: unknown): ScheduleBody {
  if (!isObject(body)) throw new Refusal('INVALID', 'body: must be an object with a request', { path: 'body' });
  acceptOptions(body, SCHEDULE_BODY, ['request']);
  return { request: {}, ...body };
}

function view({ request, ...schedule }: Schedule): object {
  return { ...viewSummary(schedule), request };
}

function viewSummary({ tenant: _, userEmail: _email, lastError, ...schedule }: ScheduleSummary): object {
  return {
    ...schedule,
    createdAt: isoTime(schedule.createdAt),
    nextAt: isoTime(schedule.nextAt),
    lastRunAt: isoTime(schedule.lastRunAt),
    lastError: lastError && {
      code: lastError.code,
      message: publicMessage(lastError.code, lastError.message, undefined),
    },
  };
}
