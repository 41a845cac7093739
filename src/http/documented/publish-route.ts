/** The documented `publish`: a job, whose answer has its id in the message and among the child tasks. */
import type { FastifyInstance } from 'fastify';
import { requireDocumentedBody } from '../../request/accept/documented-body.js';
import { callerOf } from '../caller.js';
import { header, json } from '../responses.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import { COUNT, exactly, type Schema, SUCCESS, TEXT } from '../schema-parts.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented-route.js';
import { submitterOf } from './submitter.js';

/** Adds the route. */
export function addPublish(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  addDocumentedRoute(app, root, context, {
    path: '/api/rsConnectService/publish',
    operationId: 'publish',
    right: 'submit',
    summary: 'Exports entities as a job, whose file is fetched by its task; nothing is sent to other systems',
    body: 'DownloadDataRequest',
    responses: { 202: json('The job', { $ref: 'PublishAccepted#' }, { location: header('The job') }) },
    errors: [403, 409],
    wrapping: 'dataObjectOperationResponse',
    handler: async (request, reply) => {
      const { body } = request;
      requireDocumentedBody(body);
      const jobs = jobsOf(request);
      const user = submitterOf(request, context.settingsOf(jobs.tenant), callerOf(request));
      const { job } = await jobs.submit({ request: body, ...user });
      const { id } = job;
      return reply
        .code(202)
        .headers({ location: context.links.job(id), 'cache-control': 'no-store' })
        .send({
          dataObjectOperationResponse: {
            status: 'success',
            statusDetail: {
              code: 'RSC1002',
              message: `Binary object has been submitted for create with work automation id : ${id}. Please check back after 10 mins.`,
              messageType: 'Info',
              childTaskIds: [id],
            },
            totalRecords: 0,
          },
        });
    },
  });
}

/** The named schema. */
export const PUBLISH_ACCEPTED: Schema = {
  $id: 'PublishAccepted',
  ...exactly({
    dataObjectOperationResponse: exactly({
      status: SUCCESS,
      statusDetail: exactly({
        code: { type: 'string', const: 'RSC1002' },
        message: TEXT,
        messageType: TEXT,
        childTaskIds: { type: 'array', items: TEXT, description: 'The job' },
      }),
      totalRecords: COUNT,
    }),
  }),
};
