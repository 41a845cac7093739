/** How people sign in to the console; needs no token. */
import type { FastifyInstance } from 'fastify';
import { toSluiceError } from '../terms/errors.js';
import type { SignIn } from './oidc/sign-in.js';
import { PROBLEM_JSON } from './problem.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { body, json } from './responses.js';
import { exactly, type Schema, TEXT } from './schema-parts.js';

const ADDRESS = { type: 'string', format: 'uri' };

/** The named schema. */
export const SIGN_IN_SCHEMA: Schema = {
  $id: 'SignIn',
  ...exactly({
    'oidc?': {
      ...exactly({
        issuer: ADDRESS,
        clientId: TEXT,
        scope: TEXT,
        authorizationEndpoint: ADDRESS,
        tokenEndpoint: ADDRESS,
      }),
      description: 'The issuer of OpenID Connect, and the console as its public client; absent: people have a token',
    },
  }),
};

/** Adds the route. @param find finds the addresses of the issuer, if there is one */
export function addSignInRoute(app: FastifyInstance, find: (() => Promise<SignIn>) | undefined): void {
  const problem = (description: string) => body(description, PROBLEM_JSON, { $ref: 'Problem#' });
  app.get(
    '/sign-in',
    {
      schema: {
        operationId: 'getSignIn',
        summary: 'How people sign in to the console',
        security: [],
        querystring: NO_QUERY,
        response: {
          200: json('How people sign in', { $ref: 'SignIn#' }),
          400: problem('Unknown parameters'),
          503: problem('The issuer does not respond'),
        },
      },
    },
    async (_request, reply) => {
      const oidc = await find?.().catch((cause: unknown) => {
        const { code } = toSluiceError(cause, 'SERVICE_FAILED', 'http');
        throw new Refusal(code, 'the issuer does not respond', { status: 503, cause });
      });
      return reply.header('cache-control', 'no-store').send(oidc ? { oidc } : {});
    },
  );
}
