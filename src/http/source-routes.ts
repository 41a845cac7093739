/** Routes that look into the source of the tenant: a preview of a request, and what entities there are. */
import type { FastifyInstance } from 'fastify';
import type { SourceInspection } from '../jobs/inspection.js';
import { callerOf } from './caller.js';
import { submitterOf } from './documented/submitter.js';
import { NOTES } from './job-schemas.js';
import { isoTime } from './job-view.js';
import { NO_QUERY } from './query.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { jobsOf, type RouteContext } from './route-context.js';
import { COUNT, exactly, listOf, type Schema, TEXT } from './schema-parts.js';
import { publicMessage } from './statuses.js';
import { submissionIn } from './submission-routes.js';

const TRUE = { type: 'boolean', const: true };

const PREVIEW: Schema = {
  $id: 'Preview',
  ...exactly({
    entities: {
      type: 'array',
      maxItems: 10,
      items: { type: 'object' },
      description: 'The first entities, with the fields that the request keeps and all digits of their numbers',
    },
    read: { ...COUNT, description: 'Records of the source that were read for it' },
    stoppedBy: {
      ...TEXT,
      enum: ['end', 'limit', 'ids', 'time', 'size'],
      description:
        'Why reading ended: all was read, enough was found, or a bound of five seconds or 512 KiB was reached',
    },
    notes: {
      ...NOTES,
      description:
        'Facts about the records that were read, such as paths that none of them has; none after `time` and `size`',
    },
  }),
};

const INSPECTION: Schema = {
  $id: 'SourceInspection',
  ...exactly({
    inspectedAt: { ...TEXT, format: 'date-time' },
    stoppedBy: {
      ...TEXT,
      enum: ['end', 'time', 'size', 'fault'],
      description: 'Why reading ended; only after `end` the numbers are those of the whole source',
    },
    records: { ...COUNT, description: 'Entities that were read' },
    types: listOf('Types of entities, the most frequent first', { 'type?': TEXT, records: COUNT }),
    'moreTypes?': TRUE,
    examined: { ...COUNT, description: 'Entities whose members were looked at' },
    members: listOf('Paths to members, and how often they lead to a value of each kind', {
      path: TEXT,
      records: COUNT,
      kinds: { type: 'object', additionalProperties: COUNT },
    }),
    'moreMembers?': TRUE,
    attributes: listOf('Names of attributes', { name: TEXT, records: COUNT }),
    properties: listOf('Names of properties', { name: TEXT, records: COUNT }),
    'error?': { ...exactly({ code: TEXT, message: TEXT }), description: 'The fault at which reading ended' },
  }),
};

const SOURCE: Schema = {
  $id: 'Source',
  ...exactly({ 'inspection?': { $ref: 'SourceInspection#' } }),
};

/** The named schemas. */
export const SOURCE_SCHEMAS: readonly Schema[] = [PREVIEW, INSPECTION, SOURCE];

const NOT_STORED = { 'cache-control': 'no-store' };

/** Adds the routes. */
export function addSourceRoutes(app: FastifyInstance, context: RouteContext): void {
  const { reads, presence, bodyLimit, settingsOf } = context;
  app.get(
    '/source',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'getSource',
        summary: 'What the last inspection of the source has found, if there was one',
        querystring: NO_QUERY,
        response: { 200: json('What is known of the source', { $ref: 'Source#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const inspection = await jobsOf(request).inspection();
      return reply.headers(NOT_STORED).send(inspection ? { inspection: view(inspection) } : {});
    },
  );

  app.post(
    '/source/inspect',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'inspectSource',
        summary: 'Reads the source for up to ten seconds, and keeps what types, members and attributes it has',
        querystring: NO_QUERY,
        response: {
          200: json('What was found', { $ref: 'SourceInspection#' }),
          ...problems(403, 404, 409, 422, 501),
        },
      },
    },
    async (request, reply) => {
      const jobs = jobsOf(request);
      const inspection = await reads.counted(jobs, () => jobs.inspect());
      return reply.headers(NOT_STORED).send(view(inspection));
    },
  );

  app.post(
    '/preview',
    {
      onRequest: needs('read'),
      bodyLimit,
      schema: {
        operationId: 'previewJob',
        summary: 'The first ten entities that a job of this submission would export',
        querystring: NO_QUERY,
        body: { $ref: 'Submission#' },
        response: { 200: json('The preview', { $ref: 'Preview#' }), ...problems(403, 404, 409, 413, 415, 422, 501) },
      },
    },
    async (request, reply) => {
      const gone = presence(reply);
      const jobs = jobsOf(request);
      const user = submitterOf(request, settingsOf(jobs.tenant), callerOf(request));
      const submission = { ...submissionIn(request.body), ...user };
      const preview = await reads.counted(jobs, () => jobs.preview(submission, { signal: gone }));
      const { entities, ...facts } = preview;
      // As texts: JavaScript would round their numbers.
      const written = `{"entities":[${entities.join(',')}],${JSON.stringify(facts).slice(1)}`;
      return reply.headers(NOT_STORED).type('application/json; charset=utf-8').serializer(String).send(written);
    },
  );
}

function view({ error, ...inspection }: SourceInspection): object {
  return {
    ...inspection,
    inspectedAt: isoTime(inspection.inspectedAt),
    error: error && { code: error.code, message: publicMessage(error.code, error.message, error.source) },
  };
}
