/** The documented routes: an export that returns its result or a job, tasks with their events, and unsupported ones. */
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { hasResult, isEnded, type Job } from '../jobs/job.js';
import type { Submitted } from '../jobs/tenant-jobs.js';
import { MAX_TIMER_MS } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { requireDocumentedBody } from '../request/accept/documented-body.js';
import { wholeOf } from '../sources/whole-readable.js';
import type { DocumentedBody } from '../terms/request.js';
import { callerOf, hasRight, requireRight } from './caller.js';
import { addBinaryObjects } from './documented/binary-objects.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented/documented-route.js';
import { addEntityRoutes } from './documented/entities-route.js';
import { addTaskServices } from './documented/get-service-route.js';
import { refuseNotServed } from './documented/not-served.js';
import { addProfileObjects } from './documented/profile-objects.js';
import { addPublish } from './documented/publish-route.js';
import { addStreamObjects } from './documented/stream-objects.js';
import { submitterOf, USER_HEADERS } from './documented/submitter.js';
import { type ErrorFacts, sendDocumentedError, statusDetail } from './documented-error.js';
import { keyOf } from './idempotency-key.js';
import { sourceOf } from './job-view.js';
import { alsoReadJson } from './json-body.js';
import { LONGEST_WAIT, readPreferences } from './prefer.js';
import { NO_QUERY } from './query.js';
import { noteMethods } from './refuse-methods.js';
import { documentedErrors, header, json } from './responses.js';
import { needs } from './rights.js';
import { jobsOf, type RouteContext, refuseRoute } from './route-context.js';
import type { Schema } from './schema-parts.js';
import { statusOf } from './statuses.js';

/** Value of `Retry-After` for a job, in seconds. */
const LOOK_AGAIN = '1';

const RS_CONNECT = '/api/rsConnectService';

/** Roots of the documented routes: without and with the documented `{tenant}`. */
const DOCUMENTED_ROOTS = ['', '/:tenant'] as const;

const REQUEST_HEADERS: Schema = {
  type: 'object',
  properties: {
    prefer: header('`wait=N`: wait N seconds for the result; `respond-async`: do not wait'),
    ...USER_HEADERS,
    'idempotency-key': header('A repeated request with the same key and body returns the same job'),
  },
};

/** Adds the routes, each with and without the tenant. */
export function addDocumentedRoutes(app: FastifyInstance, context: RouteContext): void {
  // Clients of the platform send JSON under this type, too.
  alsoReadJson(app, 'application/zip', context.bodyLimit);
  app.addHook('onRequest', async (request) => {
    const { params } = request;
    const named = typeof params === 'object' && params !== null && 'tenant' in params ? params.tenant : undefined;
    if (named !== undefined && named !== jobsOf(request).tenant) await refuseRoute(request);
  });
  const refuseOthers = noteMethods(app);
  for (const path of DOCUMENTED_ROOTS) {
    const isPlain = path === '';
    const root: DocumentedRoot = {
      path,
      suffix: isPlain ? '' : 'OfTenant',
      ...(!isPlain && { params: TENANT_PARAMS }),
    };
    for (const route of DOWNLOADS) addDownload(app, root, route, context);
    addPublish(app, root, context);
    addProcess(app, root, context);
    addTaskServices(app, root.path, root.suffix, root.params, context);
    addBinaryObjects(app, root, context);
    addStreamObjects(app, root, context);
    addProfileObjects(app, root, context);
    addEntityRoutes(app, root, context);
    app.route({
      method: app.supportedMethods.filter((method): method is HTTPMethods => method !== 'OPTIONS'),
      url: `${path}/api/*`,
      schema: { hide: true },
      errorHandler: sendDocumentedError('response'),
      onRequest: async (request) => {
        if (request.method === 'POST') refuseNotServed(request.url);
        await refuseRoute(request);
      },
      handler: refuseRoute,
    });
  }
  refuseOthers();
}

const TENANT_PARAMS: Schema = {
  type: 'object',
  required: ['tenant'],
  properties: { tenant: { type: 'string', description: 'The tenant of the token' } },
};

/** A call that exports entities. */
interface Download {
  readonly name: string;
  readonly summary: string;
  /** The profile of requests that select none; absent: none. */
  readonly profile?: string;
  /** Whether it always responds with the result, however long that takes. */
  readonly isDirect: boolean;
}

const DOWNLOADS: readonly Download[] = [
  {
    name: 'downloadDataJob',
    summary: 'Exports entities: returns the result if it is ready in time, else the job that produces it',
    isDirect: false,
  },
  {
    name: 'downloadDataExcel',
    summary: 'Exports entities, by default as a workbook, and returns the result',
    profile: 'downloadDataExcel',
    isDirect: true,
  },
  {
    name: 'downloadDataDSV',
    summary: 'Exports entities, by default as a table, and returns the result',
    profile: 'downloadDataDSV',
    isDirect: true,
  },
];

function addDownload(
  app: FastifyInstance,
  root: DocumentedRoot,
  { name, summary, profile, isDirect }: Download,
  context: RouteContext,
): void {
  const { links, presence, downloads } = context;
  const location = header('The job');
  const applied = header('The preference that was heeded');
  app.post(
    `${root.path}${RS_CONNECT}/${name}`,
    {
      bodyLimit: context.bodyLimit,
      onRequest: needs('submit'),
      errorHandler: sendDocumentedError(isDirect ? 'response' : 'dataObjectOperationResponse'),
      schema: {
        operationId: `${name}${root.suffix}`,
        summary,
        // Fastify warns of a schema that is undefined.
        ...(root.params && { params: root.params }),
        headers: REQUEST_HEADERS,
        querystring: NO_QUERY,
        body: { $ref: 'DownloadDataRequest#' },
        response: {
          200: json('The envelope', { $ref: 'Envelope#' }, { location, 'preference-applied': applied }),
          ...(!isDirect && {
            202: json(
              'The job',
              { $ref: 'JobAccepted#' },
              { location, 'retry-after': header('Seconds'), 'preference-applied': applied },
            ),
          }),
          ...documentedErrors(isDirect ? 'ServiceError' : 'OperationError', 403, 409, 410, 422),
        },
      },
    },
    async (request, reply) => {
      if (isDirect) requireRight(request, 'read');
      const gone = presence(reply);
      const jobs = jobsOf(request);
      const settings = context.settingsOf(jobs.tenant);
      const idempotencyKey = keyOf(request);
      requireDocumentedBody(request.body);
      const { job, mode } = await jobs.submit({
        ...{ request: withProfile(request.body, profile), idempotencyKey },
        ...submitterOf(request, settings, callerOf(request)),
      });
      const { waitMs, applied } = isDirect
        ? { waitMs: MAX_TIMER_MS, applied: undefined }
        : waitFor(
            request,
            hasRight(request, 'read') ? mode : 'ASYNC',
            settings.answer === 'job' ? undefined : context.waitMs,
          );
      if (applied !== undefined) reply.header('preference-applied', applied);
      const settled = waitMs === undefined ? job : await jobs.waitFor(job.id, { timeoutMs: waitMs, signal: gone });
      const isLate = waitMs === undefined || !isEnded(settled.state);
      if (isLate) return acceptJob(reply, job.id, links.job(job.id));
      if (!hasResult(settled.state)) return sendFailed(reply, settled, links.job(job.id), isDirect);
      downloads.count(jobs.tenant, gone);
      const envelope = await jobs.openEnvelope(job.id, { content: settings.content });
      if (gone.aborted) envelope.destroy();
      reply.type('application/json').headers({
        'cache-control': 'private, no-store, no-transform',
        'x-content-type-options': 'nosniff',
        location: links.job(job.id),
      });
      // Not the reply: that would wait for the end of the response.
      return wholeOf(envelope);
    },
  );
}

/** The body, with the profile of the call if it selects none. */
function withProfile(body: DocumentedBody, profile: string | undefined): DocumentedBody {
  const { params } = body;
  if (profile === undefined || !isObject(params)) return body;
  const rsconnect: unknown = params.rsconnect ?? {};
  if (!isObject(rsconnect) || 'profiles' in rsconnect || 'profilecontexts' in rsconnect) return body;
  return { ...body, params: { ...params, rsconnect: { ...rsconnect, profiles: [profile] } } };
}

/** How long to wait, undefined for not at all, and which of the client's preferences that applies. */
function waitFor(
  { headers }: FastifyRequest,
  mode: Submitted['mode'],
  usualMs: number | undefined,
): { waitMs?: number; applied?: string } {
  if (mode === 'SYNC') return { waitMs: MAX_TIMER_MS };
  const { respondAsync, waitSeconds } = readPreferences(headers.prefer);
  if (mode === 'ASYNC' || (respondAsync && waitSeconds === undefined)) {
    return respondAsync ? { applied: 'respond-async' } : {};
  }
  if (waitSeconds === undefined) return { waitMs: usualMs };
  const seconds = Math.min(waitSeconds, LONGEST_WAIT);
  // With both preferences, the client waits that long, and then prefers the job.
  return { waitMs: seconds * 1000, applied: `${respondAsync ? 'respond-async, ' : ''}wait=${seconds}` };
}

/** The documented response for an accepted job. */
function acceptJob(reply: FastifyReply, id: string, location: string): FastifyReply {
  return reply
    .code(202)
    .headers({ location, 'retry-after': LOOK_AGAIN, 'cache-control': 'no-store' })
    .send({
      dataObjectOperationRequest: { returnRequest: false, requestId: id, taskId: id },
      dataObjectOperationResponse: {
        status: 'success',
        dataObjects: [{ properties: { workAutomationId: id } }],
        statusDetail: {
          code: 'RSC2162',
          message: `Download data job has been initiated with work automation id : ${id}.`,
          messageType: 'Info',
        },
        totalRecords: 0,
      },
    });
}

/** The response for a job that ended without a result while the client waited. */
function sendFailed(reply: FastifyReply, job: Job, location: string, isDirect: boolean): FastifyReply {
  const facts = whyNoResult(job);
  const detail = {
    status: 'error',
    dataObjects: [{ properties: { workAutomationId: job.id } }],
    statusDetail: statusDetail(facts),
    totalRecords: 0,
  };
  return reply
    .code(statusOf(facts.code))
    .headers({ location, 'cache-control': 'no-store' })
    .send({ [isDirect ? 'response' : 'dataObjectOperationResponse']: detail });
}

function whyNoResult({ id, state, error }: Job): ErrorFacts {
  if (state === 'cancelled') return { code: 'NO_RESULT', message: `job ${id} was cancelled` };
  if (state === 'expired') return { code: 'RESULT_EXPIRED', message: `the result of job ${id} has expired` };
  if (!error) return { code: 'INTERNAL', message: `job ${id} failed` };
  const source = sourceOf(error);
  return { code: error.code, message: error.message, source };
}

/** The import of the same JSON, in the document of the service as one that is not supported. */
function addProcess(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  addDocumentedRoute(app, root, context, {
    path: `${RS_CONNECT}/process`,
    operationId: 'process',
    right: 'submit',
    summary: 'Documented, but not supported: sluice exports and does not import',
    responses: {},
    errors: [501],
    wrapping: 'dataObjectOperationResponse',
    handler: async ({ url }) => refuseNotServed(url),
  });
}
