/** Any thrown value as an error with its status and headers. */
import type { FastifyReply } from 'fastify';
import { isError } from '../terms/any-error.js';
import { type ErrorCode, SluiceError, systemCode, toSluiceError } from '../terms/errors.js';
import { statusOf } from './statuses.js';

/** Value of `Retry-After` for temporary refusals, in seconds. */
const RETRY_AFTER = 5;

/** HTTP details of an error. */
export interface RefusalDetails {
  /** Overrides the status of the code. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Path of the faulty part of the request, e.g. `query.limit`. */
  readonly path?: string;
  readonly cause?: unknown;
}

/** An error that the HTTP layer raises itself. */
export class Refusal extends SluiceError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, details: RefusalDetails = {}) {
    super(code, 'http', message, { path: details.path, cause: details.cause });
    this.status = details.status ?? statusOf(code);
    this.headers = details.headers ?? {};
  }
}

/** Status and headers of an error. */
export interface ErrorResponse {
  readonly error: SluiceError;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers of a result, removed from the response of an error. */
const OF_RESULTS = [
  'etag',
  'repr-digest',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'expires',
  'location',
];

/** Replaces the headers that a handler has set for its result. */
export function beginError(reply: FastifyReply, { status, headers }: ErrorResponse): FastifyReply {
  for (const name of OF_RESULTS) reply.removeHeader(name);
  return reply.code(status).headers({ 'cache-control': 'no-store', ...headers });
}

/** Converts any thrown value: our own errors, those of Fastify, and all others. */
export function responseTo(cause: unknown): ErrorResponse {
  const error = cause instanceof SluiceError ? cause : ofFastify(cause);
  const status = error instanceof Refusal ? error.status : statusOf(error.code);
  const headers = error instanceof Refusal ? error.headers : {};
  return { error, status, headers: { ...usualHeaders(status), ...headers } };
}

function usualHeaders(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER) } : {};
}

/** Fastify's own errors have a status, and for 4xx a message without secrets. */
function ofFastify(cause: unknown): SluiceError {
  if (!isError(cause)) return toSluiceError(cause, 'INTERNAL', 'http');
  const status = 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : 500;
  if (status === 413) return new Refusal('BODY_TOO_LARGE', 'The body is larger than the limit', { cause });
  if (status === 415) return new Refusal('INVALID', 'The body must be application/json', { status, cause });
  if (status === 429) return new Refusal('TOO_MANY_REQUESTS', cause.message, { cause });
  // Fastify's message repeats the complete address.
  if (status === 414) return new Refusal('INVALID', 'The address is too long', { status, cause });
  if (status >= 400 && status < 500) {
    const isBody = systemCode(cause)?.startsWith('FST_ERR_CTP_') || cause instanceof SyntaxError;
    const message = isBody ? `The body is not valid JSON: ${cause.message}` : cause.message;
    return new Refusal('INVALID', message, { status, path: isBody ? 'body' : undefined, cause });
  }
  return toSluiceError(cause, 'INTERNAL', 'http');
}
