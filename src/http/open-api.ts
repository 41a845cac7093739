/** The OpenAPI document, generated from the schemas of the routes. */
import type { FastifyInstance } from 'fastify';
import { missingPeer } from '../terms/missing-peer.js';
import { DOCUMENTED_SCHEMAS } from './documented-schemas.js';
import { JOB_SCHEMAS } from './job-schemas.js';
import { MANY_JOBS_SCHEMAS } from './many-jobs-routes.js';
import { CALLER_SCHEMA } from './me-route.js';
import { SCHEDULE_SCHEMAS } from './schedule-routes.js';
import { SERVICE_SCHEMA } from './service-route.js';
import { SIGN_IN_SCHEMA } from './sign-in-route.js';
import { SOURCE_SCHEMAS } from './source-routes.js';
import { SUBMISSION_SCHEMAS } from './submission-routes.js';
import { WEBHOOK_SCHEMAS } from './webhook-routes.js';

/** Decorator that holds the document; an application may have its own under the usual name. */
const DOCUMENT = 'sluiceDocument';

/** Returns the document, once all routes are registered. */
export type OpenApi = () => object;

/** Ways of authentication, by their names, as the document lists them. */
export type SecuritySchemes = Readonly<Record<string, object>>;

/** Where `bearerTokens` and `oidcTokens` look for a token. */
export const TOKEN_SCHEMES: SecuritySchemes = {
  token: { type: 'http', scheme: 'bearer' },
  clientSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'auth-client-secret',
    description: 'The token, as clients of the platform send it',
  },
};

/**
 * Collects the routes that are added to a scope from now on.
 * @param ways of authentication, one of which is enough; undefined: none is needed
 */
export async function noteRoutes(app: FastifyInstance, ways: SecuritySchemes | undefined): Promise<OpenApi> {
  const { fastifySwagger } = await importSwagger();
  for (const schema of [
    CALLER_SCHEMA,
    SERVICE_SCHEMA,
    SIGN_IN_SCHEMA,
    ...JOB_SCHEMAS,
    ...SUBMISSION_SCHEMAS,
    ...MANY_JOBS_SCHEMAS,
    ...WEBHOOK_SCHEMAS,
    ...SCHEDULE_SCHEMAS,
    ...SOURCE_SCHEMAS,
    ...DOCUMENTED_SCHEMAS,
  ])
    app.addSchema(schema);
  await app.register(fastifySwagger, {
    decorator: DOCUMENT,
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'sluice',
        version: '1',
        description: 'Exports entities as jobs: the documented routes, and routes of jobs and their files.',
      },
    },
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        typeof schema.$id === 'string' ? schema.$id : `def-${index}`,
    },
  });
  return () => {
    const document = app.getDecorator<() => { readonly components?: object }>(DOCUMENT)();
    if (!ways) return document;
    return {
      ...document,
      components: { ...document.components, securitySchemes: ways },
      security: Object.keys(ways).map((way) => ({ [way]: [] })),
    };
  };
}

async function importSwagger() {
  try {
    return await import('@fastify/swagger');
  } catch (cause) {
    throw missingPeer('sluice/http', 'fastify @fastify/swagger @fastify/rate-limit', cause);
  }
}
