/** A route of a documented service: its schema, its errors in the documented shape, with and without the tenant. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendDocumentedError, type Wrapping } from '../documented-error.js';
import type { Right } from '../identity.js';
import { NO_QUERY } from '../query.js';
import { documentedErrors, type ResponseSchema } from '../responses.js';
import { needs } from '../rights.js';
import type { RouteContext } from '../route-context.js';
import type { Schema } from '../schema-parts.js';

/** One of the roots of the documented routes: without and with the documented `{tenant}`. */
export interface DocumentedRoot {
  /** Empty, or the path parameter. */
  readonly path: string;
  /** Suffix of operation ids. */
  readonly suffix: string;
  /** Schema of the path parameters. */
  readonly params?: Schema;
}

/** A route. */
export interface DocumentedRoute {
  readonly path: string;
  readonly operationId: string;
  /** What the caller must be allowed to do. */
  readonly right: Right;
  readonly summary: string;
  /** Name of the schema of the body; absent: any. */
  readonly body?: string;
  readonly responses: Readonly<Record<number, ResponseSchema>>;
  /** Statuses of errors beside those of every documented route. */
  readonly errors?: readonly number[];
  /** Default: that of all services but rsConnect's jobs. */
  readonly wrapping?: Wrapping;
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Adds a route. */
export function addDocumentedRoute(
  app: FastifyInstance,
  root: DocumentedRoot,
  { bodyLimit }: Pick<RouteContext, 'bodyLimit'>,
  { path, operationId, right, summary, body, responses, errors = [], wrapping = 'response', handler }: DocumentedRoute,
): void {
  app.post(
    `${root.path}${path}`,
    {
      bodyLimit,
      onRequest: needs(right),
      errorHandler: sendDocumentedError(wrapping),
      schema: {
        operationId: `${operationId}${root.suffix}`,
        summary,
        // Fastify warns of a schema that is undefined.
        ...(root.params && { params: root.params }),
        querystring: NO_QUERY,
        ...(body !== undefined && { body: { $ref: `${body}#` } }),
        response: {
          ...responses,
          ...documentedErrors(wrapping === 'response' ? 'ServiceError' : 'OperationError', ...errors),
        },
      },
    },
    handler,
  );
}
