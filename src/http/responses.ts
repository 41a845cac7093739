/** OpenAPI responses of routes. */
import { PROBLEM_JSON } from './problem.js';
import type { Schema } from './schema-parts.js';

/** A response: its description, headers and body. */
export type ResponseSchema = Schema;

/** Responses by status. */
export type Responses = Readonly<Record<number, ResponseSchema>>;

/** A header with a text. */
export function header(description: string): Schema {
  return { type: 'string', description };
}

/** A response with a JSON body. */
export function json(description: string, schema: Schema, headers: Schema = {}): ResponseSchema {
  return body(description, 'application/json', schema, headers);
}

/** A response with a body of a media type. */
export function body(description: string, mediaType: string, schema: Schema, headers: Schema = {}): ResponseSchema {
  return { description, headers, content: { [mediaType]: { schema } } };
}

/** A response without a body. */
export function empty(description: string, headers: Schema = {}): ResponseSchema {
  return { description, type: 'null', headers };
}

/** Meaning of each error status. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is invalid; every fault is reported with its path',
  401: 'The token is missing or unknown',
  403: 'The caller lacks the right for this, its tenant does not exist, or a quota of the tenant is used up',
  404: 'Not found, or owned by another tenant',
  409: 'The state of the job does not allow this',
  410: 'The result has expired',
  412: 'The file is another one than `If-Match` states',
  413: 'The body is larger than the limit',
  415: 'The body is not JSON',
  416: 'The range is beyond the end of the file',
  422: 'The source is faulty, or an idempotency key was reused with another request',
  429: 'Too many requests, or too many jobs; see `Retry-After`',
  500: 'Internal error of the service',
  501: 'Documented, but not supported',
  503: 'The service is not available; see `Retry-After`',
};

/** Error statuses of every route that needs a token. */
const ALWAYS = [400, 401, 403, 429, 500, 503];

/** The errors of a route of sluice. */
export function problems(...statuses: readonly number[]): Responses {
  return errors(statuses, PROBLEM_JSON, { $ref: 'Problem#' });
}

/** The errors of a documented route. */
export function documentedErrors(schema: string, ...statuses: readonly number[]): Responses {
  return errors([...statuses, 404, 413, 415], 'application/json', { $ref: `${schema}#` });
}

function errors(statuses: readonly number[], mediaType: string, schema: Schema): Responses {
  const headers = {
    401: { 'www-authenticate': header('How to authenticate') },
    429: { 'retry-after': header('Seconds to wait') },
    503: { 'retry-after': header('Seconds to wait') },
  };
  return Object.fromEntries(
    [...ALWAYS, ...statuses].map((status) => {
      const own = status === 401 || status === 429 || status === 503 ? headers[status] : {};
      return [status, body(MEANINGS[status] ?? 'An error', mediaType, schema, own)];
    }),
  );
}
