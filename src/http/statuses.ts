/** Errors to HTTP statuses: a total function, so that no error goes out without an answer that was thought about. */
import { ERROR_CODES, type ErrorCode, type ErrorFamily } from '../terms/errors.js';

/** What a family of errors answers, unless one of its codes says otherwise. */
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
  IDEMPOTENCY_MISMATCH: 422,
  // The package is missing on this machine: nothing in the request can mend that.
  MISSING_PEER: 500,
  // Coming again later does not help; deleting results does.
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
  request: 'The request is not acceptable',
  access: 'Who asks is not known',
  missing: 'There is no such thing',
  state: 'The job is not in a state for this',
  expired: 'The result is not kept any more',
  limit: 'A limit is reached',
  unavailable: 'The service is not available',
  input: 'The source holds something faulty',
  io: 'The service could not read or write',
  abort: 'The work was ended',
  internal: 'The service is at fault',
};

/** Whether a word is one of our codes; a job's error may bear one of a later version. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** The family of a code; one that is not known counts as a fault of ours. */
export function familyOf(code: string): ErrorFamily {
  return isErrorCode(code) ? ERROR_CODES[code] : 'internal';
}

/** The status that an error of this code answers. */
export function statusOf(code: string): number {
  return (isErrorCode(code) ? BY_CODE[code] : undefined) ?? BY_FAMILY[familyOf(code)];
}

/** What an error of this code is called, in a few words. */
export function titleOf(code: string): string {
  return TITLES[familyOf(code)];
}

/**
 * What a client may read of an error's message. Errors of the system and of sluice itself tell how this machine is
 * made: they are for its log. Sources are named without the folders they lie in.
 */
export function publicMessage(code: string, message: string, source?: string): string {
  const family = familyOf(code);
  if (family === 'io' || family === 'internal') return `${titleOf(code)}; the log of the service tells more.`;
  return source === undefined ? message : message.replaceAll(source, baseName(source));
}

/** The last segment of a path, whichever way its slashes lean. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
