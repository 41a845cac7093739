/** Rights of callers, and the right that each route needs. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireRight } from './caller.js';
import type { Right } from './identity.js';

/** A hook of a route, which refuses callers without its right. */
export type NeedsRight = (request: FastifyRequest) => Promise<void>;

/** The right that each hook checks; undefined: any caller may. */
const RIGHT_OF = new WeakMap<object, Right | undefined>();

/**
 * The `onRequest` hook of a route that needs a right.
 * @param right absent: any authenticated caller may call it
 */
export function needs(right?: Right): NeedsRight {
  const hook: NeedsRight = async (request) => {
    if (right !== undefined) requireRight(request, right);
  };
  RIGHT_OF.set(hook, right);
  return hook;
}

/** Requires that each route which is added to a scope from now on states its right, and documents that. */
export function requireStatedRights(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { schema, onRequest, method, url } = route;
    if (schema?.hide === true) return;
    const hook = [onRequest].flat().find((one) => one !== undefined && RIGHT_OF.has(one));
    if (hook === undefined) throw new Error(`${method} ${url} states no right: add onRequest: needs(…)`);
    const right = RIGHT_OF.get(hook);
    if (right !== undefined) route.schema = { ...schema, description: `Needs the right \`${right}\`.` };
  });
}
