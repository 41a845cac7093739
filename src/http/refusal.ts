/** Whatever a handler throws, as an error with the status and headers it is answered with. */
import type { FastifyReply } from 'fastify';
import { type ErrorCode, SluiceError, systemCode, toSluiceError } from '../terms/errors.js';
import { statusOf } from './statuses.js';

/** Seconds after which a client may try again what was refused for a time. */
const RETRY_AFTER = 5;

/** What an answer of HTTP says beyond the error. */
export interface RefusalDetails {
  /** Where the code's own status is not the one. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Path of the part of the request at fault, e.g. `query.limit`. */
  readonly path?: string;
  readonly cause?: unknown;
}

/** An error of the door itself. */
export class Refusal extends SluiceError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, details: RefusalDetails = {}) {
    super(code, 'http', message, { path: details.path, cause: details.cause });
    this.status = details.status ?? statusOf(code);
    this.headers = details.headers ?? {};
  }
}

/** How an error is answered. */
export interface Answer {
  readonly error: SluiceError;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that tell of a result; an error in its place is none. */
const OF_RESULTS = [
  'etag',
  'repr-digest',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'expires',
  'location',
];

/** Sets what every answer of an error bears, in place of what a handler has set for its result. */
export function beginError(reply: FastifyReply, { status, headers }: Answer): FastifyReply {
  for (const name of OF_RESULTS) reply.removeHeader(name);
  return reply.code(status).headers({ 'cache-control': 'no-store', ...headers });
}

/** The answer to whatever was thrown: ours, Fastify's own, or anything else. */
export function answerTo(cause: unknown): Answer {
  const error = cause instanceof SluiceError ? cause : ofFastify(cause);
  const status = error instanceof Refusal ? error.status : statusOf(error.code);
  const headers = error instanceof Refusal ? error.headers : {};
  return { error, status, headers: { ...usualHeaders(status), ...headers } };
}

function usualHeaders(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  return status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER) } : {};
}

/** Fastify refuses bodies by itself; its errors bear a status, and a message without secrets where that is 4xx. */
function ofFastify(cause: unknown): SluiceError {
  if (!(cause instanceof Error)) return toSluiceError(cause, 'INTERNAL', 'http');
  const status = 'statusCode' in cause && typeof cause.statusCode === 'number' ? cause.statusCode : 500;
  if (status === 413) return new Refusal('BODY_TOO_LARGE', 'The body is larger than the limit', { cause });
  if (status === 415) return new Refusal('INVALID', 'The body must be application/json', { status, cause });
  if (status === 429) return new Refusal('TOO_MANY_REQUESTS', cause.message, { cause });
  // Its own message repeats the whole address.
  if (status === 414)
    return new Refusal('INVALID', 'The address is longer than any of this service', { status, cause });
  if (status >= 400 && status < 500) {
    const isBody = systemCode(cause)?.startsWith('FST_ERR_CTP_') || cause instanceof SyntaxError;
    const message = isBody ? `The body cannot be read as JSON: ${cause.message}` : cause.message;
    return new Refusal('INVALID', message, { status, path: isBody ? 'body' : undefined, cause });
  }
  return toSluiceError(cause, 'INTERNAL', 'http');
}
