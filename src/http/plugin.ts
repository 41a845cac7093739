/** The plugin: who asks, how often, and the rooms of routes, all within its own scope. */
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import type { Jobs } from '../jobs/open-jobs.js';
import { type AnswerListener, tellAnswered } from './answered-request.js';
import { body, json } from './answers.js';
import { type Authenticate, tenantOf } from './authenticate.js';
import { addDocumentedRoutes } from './documented-routes.js';
import { addEventsRoute } from './events-route.js';
import { addFileRoutes, TENANT_FILES } from './file-route.js';
import { addJobRoutes } from './job-routes.js';
import { linksUnder } from './job-view.js';
import { openRateLimits, type RateLimit } from './limits.js';
import { addLinkRoute } from './link-routes.js';
import { addLinkedFiles } from './linked-files.js';
import { noteRoutes } from './open-api.js';
import { watchPresence } from './presence.js';
import { PROBLEM_JSON, sendProblem } from './problem.js';
import { checkOnlyQueries, NO_QUERY } from './query.js';
import { bindTenant, decorateRequests, jobsOf, type RouteContext, refuseRoute } from './route-context.js';

/** What the plugin is made of. */
export interface SluiceHttpOptions {
  readonly jobs: Jobs;
  /** Who asks: the tenant of a token. `'none'` takes everybody as tenant `local`, and answers this machine only. */
  readonly authenticate: Authenticate | 'none';
  /** A path before all routes. */
  readonly prefix?: string;
  /** How long a client that does not say waits for a result, in milliseconds; default 10,000. */
  readonly waitMs?: number;
  /** Bytes that a body may have; default 1 MiB. */
  readonly bodyLimit?: number;
  /** Requests of a tenant, and wrong tokens of an address; default 600 a minute, `false` is no limit. */
  readonly rateLimit?: RateLimit | false;
  /** Streams of events that a tenant may have open; default 100. */
  readonly maxStreams?: number;
  /** Told of each request when its answer is over; `requestMetrics` makes one that counts. */
  readonly onAnswered?: AnswerListener;
  /** Connections that the server may have open; it is the server's, so by default left as it is. */
  readonly maxConnections?: number;
}

const WAIT_MS = 10_000;
const BODY_LIMIT = 1_048_576;
const RATE_LIMIT: RateLimit = { max: 600, windowMs: 60_000 };
const MAX_STREAMS = 100;

/**
 * Serves jobs over HTTP. Register it as it is: its hooks, parsers and errors stay inside.
 * @example await app.register(sluiceHttp, { jobs, authenticate: tokenAuthenticator(tokens), prefix: '/export' })
 * @throws SluiceError `MISSING_PEER` when Fastify's plugins are not installed
 */
export async function sluiceHttp(app: FastifyInstance, options: SluiceHttpOptions): Promise<void> {
  const { jobs, authenticate } = options;
  if (options.maxConnections !== undefined) app.server.maxConnections = options.maxConnections;
  const context: RouteContext = {
    links: linksUnder(app.prefix.replace(/\/$/, '')),
    presence: watchPresence(app),
    waitMs: options.waitMs ?? WAIT_MS,
    bodyLimit: options.bodyLimit ?? BODY_LIMIT,
    maxStreams: options.maxStreams ?? MAX_STREAMS,
    modeOf: (request) => jobs.modeOf(request),
  };
  if (options.onAnswered) tellAnswered(app, options.onAnswered);
  const limits = await openRateLimits(app, options.rateLimit ?? RATE_LIMIT, (request) => jobsOf(request).tenant);
  const openApi = await noteRoutes(app, authenticate === 'none');
  readOnlyJson(app, context.bodyLimit);
  checkOnlyQueries(app);
  decorateRequests(app);
  app.setErrorHandler(sendProblem);
  addOpenRoutes(app, openApi);

  await app.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => {
      bindTenant(request, jobs.of(await known(request)));
      await limits.byTenant(request);
    });
    addJobRoutes(guarded, context);
    addEventsRoute(guarded, context);
    addFileRoutes(guarded, context, TENANT_FILES);
    addLinkRoute(guarded, context);
    refuseTheRest(guarded);
    await guarded.register(async (documented) => addDocumentedRoutes(documented, context));
  });

  await app.register(async (linked) =>
    addLinkedFiles(linked, context, {
      jobs,
      limits,
      // Whoever asks without a token is on this machine.
      check: async (request) => void (authenticate === 'none' && (await tenantOf(request, authenticate))),
    }),
  );

  async function known(request: FastifyRequest): Promise<string> {
    try {
      return await tenantOf(request, authenticate);
    } catch (cause) {
      await limits.byAddress(request);
      throw cause;
    }
  }
}

/** Bodies are JSON, whatever else the application reads; members that would reach a prototype are refused. */
function readOnlyJson(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string', bodyLimit }, parse);
}

/** What anybody may ask. */
function addOpenRoutes(app: FastifyInstance, openApi: () => object): void {
  const route = (operationId: string, summary: string, schema: object) => ({
    exposeHeadRoute: false,
    schema: {
      operationId,
      summary,
      security: [],
      querystring: NO_QUERY,
      response: {
        200: json(summary, { ...schema }),
        400: body('Unknown parameters', PROBLEM_JSON, { $ref: 'Problem#' }),
      },
    },
  });
  const health = { type: 'object', required: ['status'], properties: { status: { type: 'string', const: 'ok' } } };
  app.get('/healthz', route('getHealth', 'The service answers', health), async () => ({ status: 'ok' }));
  const document = { type: 'object', required: ['openapi', 'paths'] };
  app.get('/openapi.json', route('getOpenApi', 'This document', document), async () => openApi());
}

/** Around our own routes nothing is there; whoever has no token does not learn even that. */
function refuseTheRest(app: FastifyInstance): void {
  const methods = app.supportedMethods.filter((method): method is HTTPMethods => method !== 'OPTIONS');
  const refuse = { schema: { hide: true }, onRequest: refuseRoute, handler: refuseRoute };
  app.route({ ...refuse, url: '/jobs', method: methods.filter((method) => method !== 'GET') });
  app.route({ ...refuse, url: '/jobs/*', method: methods });
}
