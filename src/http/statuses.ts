/** HTTP statuses of errors: a total function, so that each error has a deliberate status. */
import { ERROR_CODES, type ErrorCode, type ErrorFamily } from '../terms/errors.js';

/** Status of a family of errors, unless one of its codes overrides it. */
const BY_FAMILY: Readonly<Record<ErrorFamily, number>> = {
  request: 400,
  access: 401,
  missing: 404,
  state: 409,
  expired: 410,
  limit: 429,
  unavailable: 503,
  input: 422,
  io: 500,
  abort: 503,
  internal: 500,
};

const BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  // The caller is known: other credentials would not help.
  FORBIDDEN: 403,
  NO_SUCH_TENANT: 403,
  IDEMPOTENCY_MISMATCH: 422,
  // The package is missing on this machine: not a fault of the request.
  MISSING_PEER: 500,
  // Retrying does not help; deleting results does.
  QUOTA_EXCEEDED: 403,
  BODY_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
  DATA_DIR_IN_USE: 503,
  DATA_DIR_DAMAGED: 503,
  NOT_OWNED: 503,
  DISK_FULL: 503,
  SERVICE_FAILED: 503,
};

const TITLES: Readonly<Record<ErrorFamily, string>> = {
  request: 'The request is invalid',
  access: 'Authentication is required',
  missing: 'Not found',
  state: 'The state of the job does not allow this',
  expired: 'The result has expired',
  limit: 'A limit was exceeded',
  unavailable: 'The service is not available',
  input: 'The source is faulty',
  io: 'The service could not read or write',
  abort: 'The work was aborted',
  internal: 'Internal error of the service',
};

const TITLES_BY_CODE: Readonly<Partial<Record<string, string>>> = {
  FORBIDDEN: 'The caller may not do this',
  NO_SUCH_TENANT: 'The tenant does not exist',
  METHOD_NOT_ALLOWED: 'The method is not supported here',
};

/** Whether a text is a known code; a stored job may have one of a later version. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** The family of a code; unknown codes count as internal. */
export function familyOf(code: string): ErrorFamily {
  return isErrorCode(code) ? ERROR_CODES[code] : 'internal';
}

/** The status of a code. */
export function statusOf(code: string): number {
  return (isErrorCode(code) ? BY_CODE[code] : undefined) ?? BY_FAMILY[familyOf(code)];
}

/** A short title for a code. */
export function titleOf(code: string): string {
  return TITLES_BY_CODE[code] ?? TITLES[familyOf(code)];
}

/**
 * The part of an error's message that a client may see. Errors of the system and internal errors reveal details of this
 * machine: they belong in the log. Sources are named without their folders.
 */
export function publicMessage(code: string, message: string, source?: string): string {
  const family = familyOf(code);
  // It tells of attempts alone.
  if (code === 'ATTEMPTS_EXHAUSTED') return message;
  if (family === 'io' || family === 'internal') return `${titleOf(code)}; see the log of the service.`;
  return source === undefined ? message : message.replaceAll(source, baseName(source));
}

/** The last segment of a path, with slashes or backslashes. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
