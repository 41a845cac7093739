/** The Fastify plugin: authentication, rate limits and all routes, within its own scope. */
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import { acceptOptions, type OptionTable } from '../options/accept-options.js';
import { toSluiceError } from '../terms/errors.js';
import { steadyLogger } from '../terms/logger.js';
import { settingsOf } from './answer-settings.js';
import { authenticated } from './authenticate.js';
import { bindCaller, decorateCallers } from './caller.js';
import { reportCompleted } from './completed-request.js';
import { acceptConnection, limitConnections } from './connection-limits.js';
import { EntityReads } from './documented/entity-reads.js';
import { addDocumentedRoutes } from './documented-routes.js';
import { addEventsRoutes } from './events-route.js';
import { addFileRoutes, TENANT_FILES } from './file-route.js';
import type { Caller } from './identity.js';
import { addJobRoutes } from './job-routes.js';
import { linksUnder } from './job-view.js';
import { readJsonBodies } from './json-body.js';
import { openRateLimits, type RateLimit } from './limits.js';
import { addLinkRoute } from './link-routes.js';
import { addLinkedFiles } from './linked-files.js';
import { addManyJobsRoutes } from './many-jobs-routes.js';
import { addMeRoute } from './me-route.js';
import { signInBy } from './oidc/sign-in.js';
import { noteRoutes, TOKEN_SCHEMES } from './open-api.js';
import { OpenResponses } from './open-responses.js';
import { watchPresence } from './presence.js';
import { PROBLEM_JSON, sendProblem } from './problem.js';
import { checkOnlyQueries, NO_QUERY } from './query.js';
import { Refusal, responseTo } from './refusal.js';
import { RefusalLog } from './refusal-log.js';
import { noteMethods } from './refuse-methods.js';
import { REGISTER_OPTIONS, type RegisterOptions } from './register-options.js';
import { body, json } from './responses.js';
import { requireStatedRights } from './rights.js';
import { bindTenant, decorateRequests, jobsOf, type RouteContext, refuseRoute } from './route-context.js';
import { addScheduleRoutes } from './schedule-routes.js';
import { SERVICE_OPTIONS, type SluiceHttpOptions } from './service-options.js';
import { addServiceRoute } from './service-route.js';
import { addSignInRoute } from './sign-in-route.js';
import { addSourceRoutes } from './source-routes.js';
import { endStalled, STALL_MS } from './stalled-responses.js';
import { addSubmissionRoutes } from './submission-routes.js';
import { discardUnreadBodies } from './unread-body.js';
import { addWebhookRoutes } from './webhook-routes.js';

const HTTP_OPTIONS: OptionTable<SluiceHttpOptions & RegisterOptions> = { ...REGISTER_OPTIONS, ...SERVICE_OPTIONS };

/** The path of an address, without a trailing slash. */
function pathOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).pathname.replace(/\/+$/, '');
}

const WAIT_MS = 10_000;
const BODY_LIMIT = 1_048_576;
const BODY_TIMEOUT_MS = 30_000;
const RATE_LIMIT: RateLimit = { max: 600, windowMs: 60_000 };
const MAX_STREAMS = 100;
const MAX_DOWNLOADS = 100;

/**
 * Serves jobs over HTTP. Register it without a wrapper: its hooks, parsers and error handlers stay in its scope.
 * @example await app.register(sluiceHttp, { jobs, authenticate: bearerTokens(tokens), prefix: '/export' })
 * @throws SluiceError `MISSING_PEER` if Fastify's plugins are not installed
 */
export async function sluiceHttp(app: FastifyInstance, options: SluiceHttpOptions): Promise<void> {
  acceptOptions(options, HTTP_OPTIONS);
  const { jobs, authenticate, connections } = options;
  const refusals = new RefusalLog(steadyLogger(app.log));
  app.addHook('onClose', async () => refusals.close());
  if (options.maxConnections !== undefined) app.server.maxConnections = options.maxConnections;
  if (connections) limitConnections(app.server, connections, (address) => refusals.count('connectionsClosed', address));
  const reads = new EntityReads(options);
  app.addHook('onClose', async () => reads.close());
  const context: RouteContext = {
    links: linksUnder(pathOf(options.publicUrl) ?? app.prefix.replace(/\/$/, '')),
    publicOrigin: options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin,
    presence: watchPresence(app),
    settingsOf: settingsOf(options, options.tenants),
    waitMs: options.waitMs ?? WAIT_MS,
    bodyLimit: options.bodyLimit ?? BODY_LIMIT,
    streams: new OpenResponses(options.maxStreams ?? MAX_STREAMS, 'streams of events'),
    downloads: new OpenResponses(options.maxDownloads ?? MAX_DOWNLOADS, 'downloads'),
    reads,
  };
  if (options.onRequestCompleted) reportCompleted(app, options.onRequestCompleted);
  const limits = await openRateLimits(app, options.rateLimit ?? RATE_LIMIT, (request) => jobsOf(request).tenant);
  const { securitySchemes = TOKEN_SCHEMES } = options;
  const openApi = await noteRoutes(app, authenticate === 'none' ? undefined : securitySchemes);
  readJsonBodies(app, {
    bytes: context.bodyLimit,
    timeoutMs: options.bodyTimeoutMs ?? BODY_TIMEOUT_MS,
    onLate: ({ ip }) => refusals.count('bodiesTooSlow', ip),
  });
  discardUnreadBodies(app);
  endStalled(app, STALL_MS, ({ ip }) => refusals.count('responsesStalled', ip));
  checkOnlyQueries(app);
  decorateRequests(app);
  decorateCallers(app);
  app.setErrorHandler(sendProblem);
  app.addHook('onError', async ({ ip }, _reply, error) => {
    const { status } = responseTo(error);
    if (status === 401) refusals.count('unauthenticated', ip);
    if (status === 429) refusals.count('tooManyRequests', ip);
  });
  const refuseAtOpen = noteMethods(app);
  addOpenRoutes(app, openApi, () => jobs.check());
  const signIn = options.signIn && signInBy(options.signIn);
  addSignInRoute(app, signIn);
  refuseAtOpen();
  if (options.console) {
    const { addConsole } = await import('./console-pages.js');
    await app.register(async (pages) => addConsole(pages, signIn));
  }

  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => {
      const caller = await known(request);
      bindCaller(request, caller);
      bindTenant(request, jobs.forTenant(caller.tenant));
      acceptConnection(app.server, request.socket);
      await limits.byTenant(request);
    });
    requireStatedRights(guarded);
    const refuseOthers = noteMethods(guarded);
    addMeRoute(guarded);
    addServiceRoute(guarded, jobs);
    addJobRoutes(guarded, context);
    addSubmissionRoutes(guarded, context);
    addSourceRoutes(guarded, context);
    addManyJobsRoutes(guarded, context);
    addEventsRoutes(guarded, context);
    addWebhookRoutes(guarded, context);
    addScheduleRoutes(guarded, context);
    addFileRoutes(guarded, context, TENANT_FILES);
    addLinkRoute(guarded, context);
    refuseOthers();
    refuseTheRest(guarded);
    await guarded.register(async (documented) => addDocumentedRoutes(documented, context));
  });

  await app.register(async (linked) =>
    addLinkedFiles(linked, context, {
      jobs,
      limits,
      // Without a token, a request comes from this machine.
      check: async (request) => void (authenticate === 'none' && (await authenticated(request, authenticate))),
    }),
  );

  async function known(request: FastifyRequest): Promise<Caller> {
    try {
      return await authenticated(request, authenticate);
    } catch (cause) {
      await limits.byAddress(request);
      throw cause;
    }
  }
}

/** Adds the routes that need no token. */
function addOpenRoutes(app: FastifyInstance, openApi: () => object, check: () => Promise<void>): void {
  const route = (operationId: string, summary: string, schema: object, failures: object = {}) => ({
    schema: {
      operationId,
      summary,
      security: [],
      querystring: NO_QUERY,
      response: {
        200: json(summary, { ...schema }),
        400: body('Unknown parameters', PROBLEM_JSON, { $ref: 'Problem#' }),
        ...failures,
      },
    },
  });
  const health = { type: 'object', required: ['status'], properties: { status: { type: 'string', const: 'ok' } } };
  const unhealthy = { 503: body('Jobs or results cannot be kept', PROBLEM_JSON, { $ref: 'Problem#' }) };
  const summary = 'The service responds and can store jobs';
  app.get('/healthz', route('getHealth', summary, health, unhealthy), async () => {
    await check().catch((cause: unknown) => {
      const { code, message } = toSluiceError(cause, 'INTERNAL', 'http');
      throw new Refusal(code, message, { status: 503, cause });
    });
    return { status: 'ok' };
  });
  const document = { type: 'object', required: ['openapi', 'paths'] };
  // Thousands of lines, always the same: serialized at the start, not during the first request.
  let written: string | undefined;
  app.addHook('onReady', async () => {
    written = JSON.stringify(openApi());
  });
  app.get('/openapi.json', route('getOpenApi', 'This document', document), async (_request, reply) => {
    return reply.type('application/json').send(written);
  });
}

/** Other paths under the prefix are not found; without a token, clients do not learn even that. */
function refuseTheRest(app: FastifyInstance): void {
  const methods = app.supportedMethods.filter((method): method is HTTPMethods => method !== 'OPTIONS');
  app.route({ url: '/jobs/*', method: methods, schema: { hide: true }, onRequest: refuseRoute, handler: refuseRoute });
}
