/** How routes say what they answer: the OpenAPI responses of a schema. */
import { PROBLEM_JSON } from './problem.js';

/** A part of a JSON schema; plain data. */
export type Schema = Readonly<Record<string, unknown>>;

/** One response: its description, its headers, its body. */
export type ResponseSchema = Schema;

/** Every status with its response. */
export type Responses = Readonly<Record<number, ResponseSchema>>;

/** A header that holds a text. */
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

/** What each status of an error means, here. */
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request is not acceptable: every fault is told by its path',
  401: 'No token, or one of nobody',
  403: 'A quota of the tenant is used up',
  404: 'There is no such thing, or it is another tenant’s',
  409: 'The job is not in a state for this',
  410: 'The result was kept for its time, and deleted',
  413: 'The body is larger than the limit',
  415: 'The body is not JSON',
  416: 'The range lies behind the end of the file',
  422: 'The source is faulty, or an idempotency key came again with another request',
  429: 'Too many requests, or too many jobs; see `Retry-After`',
  500: 'The service is at fault',
  501: 'Documented, but not done here',
  503: 'The service is not available; see `Retry-After`',
};

/** What every route behind a token may answer. */
const ALWAYS = [400, 401, 429, 500, 503];

/** The errors of one of our own routes. */
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
