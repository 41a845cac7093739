/** The plugin that serves metrics to Prometheus, in its own scope, for operators and not for tenants. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { acceptOptions, anything, type OptionTable, text } from '../options/accept-options.js';
import { type Authenticate, authenticated, authenticator } from './authenticate.js';
import { acceptConnection } from './connection-limits.js';
import { openRateLimits, type RateLimit, rateLimitOption } from './limits.js';
import { sendProblem } from './problem.js';
import { REGISTER_OPTIONS, type RegisterOptions } from './register-options.js';

/** Options of the plugin. */
export interface SluiceMetricsOptions {
  /** Registry of prom-client whose metrics are served, such as that of `jobMetrics`. */
  readonly registry: Registry;
  /**
   * Authentication of readers: returns a name as the tenant. Metrics cover all tenants, so that tokens of tenants must
   * not be accepted here. `'none'` accepts requests of this machine only.
   */
  readonly authenticate: Authenticate | 'none';
  /** The path of the route; default `/metrics`. */
  readonly path?: string;
  /** Refused requests per address; default 600 per minute, `false` is no limit. */
  readonly rateLimit?: RateLimit | false;
}

const RATE_LIMIT: RateLimit = { max: 600, windowMs: 60_000 };

const METRICS_OPTIONS: OptionTable<SluiceMetricsOptions & RegisterOptions> = {
  ...REGISTER_OPTIONS,
  registry: anything,
  authenticate: authenticator,
  path: text,
  rateLimit: rateLimitOption,
};

/**
 * Adds the route, beside `sluiceHttp` or on its own server.
 * @example await app.register(sluiceMetrics, { registry: await jobMetrics(jobs), authenticate: 'none' })
 * @throws SluiceError `MISSING_PEER` if Fastify's plugins are not installed
 */
export async function sluiceMetrics(app: FastifyInstance, options: SluiceMetricsOptions): Promise<void> {
  acceptOptions(options, METRICS_OPTIONS);
  const { registry, authenticate, path = '/metrics', rateLimit = RATE_LIMIT } = options;
  const limits = await openRateLimits(app, rateLimit, ({ ip }) => ip);
  app.setErrorHandler(sendProblem);
  // Hidden from the OpenAPI document of the application.
  app.get(path, { exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) => {
    try {
      await authenticated(request, authenticate);
    } catch (cause) {
      await limits.byAddress(request);
      throw cause;
    }
    acceptConnection(app.server, request.socket);
    const text = await registry.metrics();
    return reply.header('cache-control', 'no-store').type(registry.contentType).send(text);
  });
}
