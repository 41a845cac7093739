/** Routes of webhooks: their deliveries, sending one again, and the secret they are signed with. */
import type { FastifyInstance } from 'fastify';
import { DELIVERY_STATES, type Delivery, type DeliveryState } from '../webhooks/delivery.js';
import { isoTime } from './job-view.js';
import { NO_QUERY, type QuerySchema } from './query.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { jobsOf, type RouteContext } from './route-context.js';
import { COUNT, exactly, type Schema, TEXT, TIME } from './schema-parts.js';

/** Default size of a page. */
const PAGE = 50;

const DELIVERY: Schema = {
  $id: 'Delivery',
  ...exactly({
    id: { ...TEXT, description: 'Sent as `webhook-id`, the same in all attempts' },
    url: TEXT,
    state: { ...TEXT, enum: DELIVERY_STATES, description: 'It is tried again, was accepted, or was given up' },
    createdAt: TIME,
    attempts: COUNT,
    'nextAt?': { ...TIME, description: 'When the next attempt is due' },
    'endedAt?': TIME,
    'error?': { ...TEXT, description: 'Why the last attempt failed' },
    job: exactly({
      id: TEXT,
      state: TEXT,
      createdAt: TIME,
      endedAt: TIME,
      read: COUNT,
      written: COUNT,
      'error?': { ...TEXT, description: 'The code of its error' },
    }),
  }),
};

const DELIVERY_LIST: Schema = {
  $id: 'DeliveryList',
  ...exactly({
    deliveries: { type: 'array', items: { $ref: 'Delivery#' } },
    'next?': { type: 'string', format: 'uri-reference', description: 'The next page; absent on the last one' },
  }),
};

const WEBHOOK_SECRET: Schema = {
  $id: 'WebhookSecret',
  ...exactly({ secret: { ...TEXT, description: '`whsec_` and base64, as libraries of Standard Webhooks take it' } }),
};

/** The named schemas. */
export const WEBHOOK_SCHEMAS: readonly Schema[] = [DELIVERY, DELIVERY_LIST, WEBHOOK_SECRET];

const LIST_QUERY: QuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    state: {
      type: 'string',
      minLength: 1,
      maxLength: 20,
      enum: DELIVERY_STATES,
      description: 'Only those in this state',
    },
    limit: { type: 'integer', minimum: 1, maximum: 500, default: PAGE, description: 'Maximum number of deliveries' },
    after: { type: 'string', minLength: 1, maxLength: 500, description: 'Start of the page; see `next`' },
  },
};

interface ListQuery {
  readonly state?: DeliveryState;
  readonly limit?: number;
  readonly after?: string;
}

/** Adds the routes. */
export function addWebhookRoutes(app: FastifyInstance, { links }: RouteContext): void {
  app.get<{ Querystring: ListQuery }>(
    '/webhooks/deliveries',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'listDeliveries',
        summary: 'Deliveries of webhooks of the tenant, the newest first',
        querystring: LIST_QUERY,
        response: { 200: json('A page of deliveries', { $ref: 'DeliveryList#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const { limit = PAGE, state, after } = request.query;
      const { deliveries, next } = await jobsOf(request).deliveries({ limit, state, after });
      const query = new URLSearchParams({ ...(state && { state }), limit: `${limit}`, after: next ?? '' });
      return reply.header('cache-control', 'no-store').send({
        deliveries: deliveries.map(viewDelivery),
        next: next === undefined ? undefined : links.deliveries(query.toString()),
      });
    },
  );

  app.post<{ Params: { readonly id: string } }>(
    '/webhooks/deliveries/:id/redeliver',
    {
      onRequest: needs('submit'),
      schema: {
        operationId: 'redeliver',
        summary: 'Makes a delivery due at once, whatever became of it, under the same id',
        params: { type: 'object', required: ['id'], properties: { id: { type: 'string', maxLength: 100 } } },
        querystring: NO_QUERY,
        response: { 200: json('The delivery', { $ref: 'Delivery#' }), ...problems(404) },
      },
    },
    async (request, reply) => {
      const delivery = await jobsOf(request).redeliver(request.params.id);
      return reply.header('cache-control', 'no-store').send(viewDelivery(delivery));
    },
  );

  app.get(
    '/webhooks/secret',
    {
      onRequest: needs('submit'),
      schema: {
        operationId: 'getWebhookSecret',
        summary: 'The secret by which webhooks of the tenant are signed',
        querystring: NO_QUERY,
        response: { 200: json('The secret', { $ref: 'WebhookSecret#' }), ...problems() },
      },
    },
    async (request, reply) => {
      return reply.header('cache-control', 'no-store').send({ secret: await jobsOf(request).webhookSecret() });
    },
  );
}

/** The JSON of a delivery. */
function viewDelivery({ id, url, state, createdAt, attempts, nextAt, endedAt, error, job }: Delivery): object {
  return {
    ...{ id, url, state, attempts, error },
    createdAt: isoTime(createdAt),
    nextAt: isoTime(nextAt),
    endedAt: isoTime(endedAt),
    job: { ...job, createdAt: isoTime(job.createdAt), endedAt: isoTime(job.endedAt) },
  };
}
