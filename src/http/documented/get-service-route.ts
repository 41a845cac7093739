/** The routes of `requesttrackingservice/get` and `eventservice/get`. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { TenantJobs } from '../../jobs/tenant-jobs.js';
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import { sendDocumentedError } from '../documented-error.js';
import { NO_QUERY } from '../query.js';
import { documentedErrors, json } from '../responses.js';
import { needs } from '../rights.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import type { Schema } from '../schema-parts.js';
import { EVENT_SERVICE, eventObjects } from './external-events.js';
import { type FoundObjects, findEvents, findTasks } from './find-objects.js';
import { acceptGetBody, type GetQuery, type GetService } from './get-body.js';
import { REQUEST_TRACKING, taskObjects } from './request-tracking.js';
import { objectText } from './task-object.js';

/** A service and its route. */
interface GetRoute {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Names of the schemas of its body and its response. */
  readonly schemas: readonly [request: string, response: string];
  /** The member that holds the objects. */
  readonly collection: string;
  readonly service: GetService;
  readonly find: (jobs: TenantJobs, query: GetQuery) => Promise<FoundObjects>;
}

const ROUTES: readonly GetRoute[] = [
  {
    path: '/api/requesttrackingservice/get',
    operationId: 'trackRequests',
    summary: 'States of jobs, as documented task summaries: by id, or a page of those that are found',
    schemas: ['TrackingRequest', 'TrackingResponse'],
    collection: 'requestObjects',
    service: REQUEST_TRACKING,
    find: (jobs, query) => findTasks(jobs, query, taskObjects),
  },
  {
    path: '/api/eventservice/get',
    operationId: 'getEvents',
    summary: 'Events of jobs, as documented external events',
    schemas: ['EventsRequest', 'EventsResponse'],
    collection: 'events',
    service: EVENT_SERVICE,
    find: (jobs, query) => findEvents(jobs, query, eventObjects),
  },
];

/** The documented answer of services that find nothing. */
export const NOTHING_FOUND = {
  messages: [{ messageCode: 'I0012', message: 'No objects found', messageType: 'info', messageParams: [] }],
};

/** Adds the routes. */
export function addTaskServices(
  app: FastifyInstance,
  root: string,
  suffix: string,
  params: Schema | undefined,
  { bodyLimit }: RouteContext,
): void {
  for (const { path, operationId, summary, schemas, collection, service, find } of ROUTES) {
    const [requestSchema, responseSchema] = schemas;
    app.post(
      `${root}${path}`,
      {
        bodyLimit,
        onRequest: needs('read'),
        errorHandler: sendDocumentedError('response'),
        schema: {
          operationId: `${operationId}${suffix}`,
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
        const query = acceptGetBody(request.body, service, Date.now());
        const { objects, total } = await find(jobsOf(request), query);
        // Serialized object by object in turns: a page may be large.
        const texts: string[] = [];
        for await (const object of objects) {
          if (turnIsOver()) await nextTurn();
          texts.push(objectText(service.type, object, query.attributes));
        }
        const { maxRecords } = query.page;
        const echo = JSON.stringify({ returnRequest: false, params: {}, requestId: randomUUID(), maxRecords });
        const list = texts.length === 0 ? '' : `"${collection}":[${texts.join(',')}],`;
        const nothing = total === 0 ? `"statusDetail":${JSON.stringify(NOTHING_FOUND)},` : '';
        return reply
          .header('cache-control', 'no-store')
          .type('application/json; charset=utf-8')
          .send(`{"request":${echo},"response":{${list}"status":"success",${nothing}"totalRecords":${total}}}`);
      },
    );
  }
}
