/** Rate limits: requests per tenant, and refused requests per address. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Check, count, optionsIn, timerMs } from '../options/accept-options.js';
import { missingPeer } from '../terms/missing-peer.js';
import { Refusal } from './refusal.js';

/** Maximum requests in a window of time. */
export interface RateLimit {
  /** Requests in a window. */
  readonly max: number;
  /** Length of a window in milliseconds. */
  readonly windowMs: number;
}

const LIMITED = optionsIn<RateLimit>({ max: count(1), windowMs: timerMs(1) });

/** The plugin option for rate limits; false is no limit. */
export const rateLimitOption: Check = (value, path, faults) => {
  if (value !== false) LIMITED(value, path, faults);
};

/** Counts a request. @throws SluiceError `TOO_MANY_REQUESTS` */
export type Count = (request: FastifyRequest) => Promise<void>;

/** The two limits of a service. */
export interface RateLimits {
  /** Requests of a tenant. */
  readonly byTenant: Count;
  /** Refused requests of an address. */
  readonly byAddress: Count;
}

const UNLIMITED: RateLimits = { byTenant: async () => {}, byAddress: async () => {} };

/** Makes the limits; `false` is no limit. */
export async function openRateLimits(
  app: FastifyInstance,
  limit: RateLimit | false,
  tenantOf: (request: FastifyRequest) => string,
): Promise<RateLimits> {
  if (limit === false) return UNLIMITED;
  const { fastifyRateLimit } = await importRateLimit();
  await app.register(fastifyRateLimit, { global: false });
  const counted = (keyGenerator: (request: FastifyRequest) => string): Count => {
    const check = app.createRateLimit({ max: limit.max, timeWindow: limit.windowMs, allowList: [], keyGenerator });
    return async (request) => {
      const verdict = await check(request);
      if (verdict.isAllowed || !verdict.isExceeded) return;
      const headers = { 'retry-after': String(Math.max(1, verdict.ttlInSeconds)) };
      const message = `more than ${limit.max} requests in ${limit.windowMs / 1000} s`;
      throw new Refusal('TOO_MANY_REQUESTS', message, { headers });
    };
  };
  return { byTenant: counted(tenantOf), byAddress: counted(({ ip }) => ip) };
}

async function importRateLimit() {
  try {
    return await import('@fastify/rate-limit');
  } catch (cause) {
    throw missingPeer('sluice/http', 'fastify @fastify/swagger @fastify/rate-limit', cause);
  }
}
