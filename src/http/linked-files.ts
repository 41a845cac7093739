/** Files for the holders of a link: authorized by its signature, without authentication. */
import type { FastifyInstance, FastifyRequest, HTTPMethods } from 'fastify';
import type { LinkClaim } from '../jobs/file-link.js';
import type { Jobs } from '../jobs/open-jobs.js';
import { acceptConnection } from './connection-limits.js';
import { addFileRoutes } from './file-route.js';
import type { RateLimits } from './limits.js';
import type { QuerySchema } from './query.js';
import { noteMethods } from './refuse-methods.js';
import { bindTenant, type RouteContext, refuseRoute } from './route-context.js';

const LINK_QUERY: QuerySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    expires: { type: 'string', minLength: 1, maxLength: 12, description: 'Expiry of the link, in seconds since 1970' },
    signature: { type: 'string', minLength: 1, maxLength: 100, description: 'Signature of the link' },
  },
};

/** A check of each request, before all others. */
export type Check = (request: FastifyRequest) => Promise<void>;

/** Adds the routes in a scope of their own. */
export async function addLinkedFiles(
  app: FastifyInstance,
  context: RouteContext,
  { jobs, limits, check }: { readonly jobs: Jobs; readonly limits: RateLimits; readonly check: Check },
): Promise<void> {
  const method = app.supportedMethods.filter((one): one is HTTPMethods => one !== 'OPTIONS');
  app.route({ method, url: '/links/*', schema: { hide: true }, handler: refuseRoute });
  await app.register(async (linked) => {
    linked.addHook('onRequest', async (request) => {
      await check(request);
      try {
        bindTenant(request, await jobs.forLink(claimOf(request)));
        acceptConnection(app.server, request.socket);
      } catch (cause) {
        await limits.byAddress(request);
        throw cause;
      }
      await limits.byTenant(request);
    });
    const refuseOthers = noteMethods(linked);
    addFileRoutes(linked, context, {
      path: '/links/:id/files/',
      suffix: 'ByLink',
      summary: 'A file of the result, for the holder of a link',
      querystring: LINK_QUERY,
      security: [],
      // The query contains the signature, which is as secret as a token.
      logSerializers: { req: ({ method, url, ip }: FastifyRequest) => ({ method, url: url.split('?', 1)[0], ip }) },
    });
    refuseOthers();
  });
}

/** The claim in a request; not verified yet. */
function claimOf({ params, query }: FastifyRequest): LinkClaim {
  const text = (from: unknown, name: string): string => {
    const value = typeof from === 'object' && from !== null ? Object.entries(from).find(([key]) => key === name) : [];
    return typeof value?.[1] === 'string' ? value[1] : '';
  };
  const expires = text(query, 'expires');
  return {
    id: text(params, 'id'),
    name: text(params, '*'),
    expiresAt: /^\d{1,12}$/.test(expires) ? Number(expires) * 1000 : 0,
    signature: text(query, 'signature'),
  };
}
