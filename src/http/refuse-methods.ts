/** Methods that a path does not have: refused as such, with those that it has. */
import type { FastifyInstance, HTTPMethods, RouteOptions } from 'fastify';
import { Refusal } from './refusal.js';

/** A path, with the methods of its routes and how they answer errors. */
interface Path {
  readonly methods: Set<string>;
  readonly errorHandler: RouteOptions['errorHandler'];
}

/**
 * Notes the routes that are added to a scope from now on.
 * @returns refuses the other methods at their paths, once all of them are there
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
    // OPTIONS is the application's: browsers ask it what origins may call.
    const all = app.supportedMethods.filter((method): method is HTTPMethods => method !== 'OPTIONS');
    for (const [url, { methods, errorHandler }] of [...paths]) {
      const allow = [...methods].sort().join(', ');
      const refuse = async ({ method }: { readonly method: string }): Promise<never> => {
        throw new Refusal('METHOD_NOT_ALLOWED', `${method} is not possible here; ${allow} is`, { headers: { allow } });
      };
      app.route({
        url,
        method: all.filter((method) => !methods.has(method)),
        schema: { hide: true },
        ...(errorHandler ? { errorHandler } : {}),
        onRequest: refuse,
        handler: refuse,
      });
    }
  };
}
