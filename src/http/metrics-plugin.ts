/** The plugin that lets Prometheus read metrics: a scope of its own, for those who run the service and no tenant. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { acceptOptions, anything, type OptionTable, text } from '../options/accept-options.js';
import { type Authenticate, authenticator, tenantOf } from './authenticate.js';
import { acceptConnection } from './connection-limits.js';
import { openRateLimits, type RateLimit, rateLimitOption } from './limits.js';
import { sendProblem } from './problem.js';
import { REGISTER_OPTIONS, type RegisterOptions } from './register-options.js';

/** What the plugin is made of. */
export interface SluiceMetricsOptions {
  readonly registry: Registry;
  /**
   * Who reads: a name for a token that may. Metrics tell of all tenants together, so that the tokens of tenants have
   * no place here. `'none'` answers this machine only.
   */
  readonly authenticate: Authenticate | 'none';
  /** The path of the route; default `/metrics`. */
  readonly path?: string;
  /** Wrong tokens of an address; default 600 a minute, `false` is no limit. */
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
 * Adds the route, beside `sluiceHttp` or on a server of its own.
 * @example await app.register(sluiceMetrics, { registry: await jobMetrics(jobs), authenticate: 'none' })
 * @throws SluiceError `MISSING_PEER` when Fastify's plugins are not installed
 */
export async function sluiceMetrics(app: FastifyInstance, options: SluiceMetricsOptions): Promise<void> {
  acceptOptions(options, METRICS_OPTIONS);
  const { registry, authenticate, path = '/metrics', rateLimit = RATE_LIMIT } = options;
  const limits = await openRateLimits(app, rateLimit, ({ ip }) => ip);
  app.setErrorHandler(sendProblem);
  // An application that documents its routes does not tell of this one.
  app.get(path, { exposeHeadRoute: false, schema: { hide: true } }, async (request, reply) => {
    try {
      await tenantOf(request, authenticate);
    } catch (cause) {
      await limits.byAddress(request);
      throw cause;
    }
    acceptConnection(app.server, request.socket);
    const text = await registry.metrics();
    return reply.header('cache-control', 'no-store').type(registry.contentType).send(text);
  });
}
