/** Unsupported methods of existing paths: refused with the list of supported ones. */
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import { Refusal } from './refusal.js';

/** A path, with the methods of its routes and their error handler. */
interface Path {
  readonly methods: Set<string>;
  readonly errorHandler: RouteOptions['errorHandler'];
}

/**
 * Collects the routes that are added to a scope from now on.
 * @returns a function that refuses all other methods at their paths; call it after the last route
 */
export function noteMethods(app: FastifyInstance): () => void {
  const paths = new Map<string, Path>();
  app.addHook('onRoute', ({ routePath, method, schema, errorHandler }) => {
    if (schema?.hide === true) return;
    const path = paths.get(routePath) ?? { methods: new Set(), errorHandler };
    for (const one of [method].flat()) path.methods.add(one);
    paths.set(routePath, path);
  });
  return () => {
    // OPTIONS is left to the application, for CORS.
    const all = app.supportedMethods.filter((method): method is HTTPMethods => method !== 'OPTIONS');
    for (const [url, { methods, errorHandler }] of [...paths]) {
      const allow = [...methods].sort().join(', ');
      const refuse = async ({ method }: { readonly method: string }): Promise<never> => {
        throw new Refusal('METHOD_NOT_ALLOWED', `${method} is not supported here; ${allow} is`, { headers: { allow } });
      };
      app.route({
        url,
        method: all.filter((method) => !methods.has(method)),
        schema: { hide: true },
        errorHandler,
        onRequest: refuse,
        handler: refuse,
      });
    }
  };
}
