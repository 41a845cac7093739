/** Types the failures of S3-compatible storage. */

import { isError } from '../../terms/any-error.js';
import { type ErrorCode, SluiceError, type StageName, systemCode } from '../../terms/errors.js';

/** The error codes of S3, and those added by compatible services. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'NOT_FOUND',
  NoSuchKey: 'NOT_FOUND',
  NoSuchUpload: 'NOT_FOUND',
  NotFound: 'NOT_FOUND',
  AccessDenied: 'PERMISSION_DENIED',
  CredentialsProviderError: 'PERMISSION_DENIED',
  PreconditionFailed: 'DESTINATION_EXISTS',
  ConditionalRequestConflict: 'DESTINATION_EXISTS',
  QuotaExceeded: 'DISK_FULL',
  XMinioStorageFull: 'DISK_FULL',
  RequestTimeout: 'SERVICE_FAILED',
  SlowDown: 'SERVICE_FAILED',
  TimeoutError: 'SERVICE_FAILED',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'PERMISSION_DENIED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  412: 'DESTINATION_EXISTS',
  429: 'SERVICE_FAILED',
  507: 'DISK_FULL',
};

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  NOT_FOUND: 'is not there',
  PERMISSION_DENIED: 'access was refused',
  DESTINATION_EXISTS: 'exists; only overwrite (--overwrite) replaces it',
};

/** The operation that failed. */
export interface S3Deed {
  /** `s3://bucket/key`. */
  readonly address: string;
  readonly stage: StageName;
  /** The code where the failure states none. */
  readonly otherwise: 'READ_FAILED' | 'WRITE_FAILED';
}

/**
 * Makes a SluiceError of a failure. `SERVICE_FAILED` may succeed on a retry. The cause is a copy without the members of the
 * SDK's error, which can hold signed data and credentials.
 */
export function s3Error(cause: unknown, { address, stage, otherwise }: S3Deed): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (!isError(cause)) return new SluiceError(otherwise, stage, `${address}: ${String(cause)}`);
  if (cause.name === 'AbortError') return new SluiceError('ABORTED', stage, `${address}: it was aborted`);
  const { name } = cause;
  const status = statusOf(cause);
  const code = codeOf(name, status, systemCode(cause)) ?? otherwise;
  // A response to HEAD has no body, so the SDK has no message.
  const text = cause.message === '' || cause.message === 'UnknownError' ? (WORDS[code] ?? name) : cause.message;
  const message = code === 'DESTINATION_EXISTS' ? `${address} ${WORDS[code]}` : `${address}: ${text} (${name})`;
  const plain = Object.assign(new Error(text), { name, status });
  return new SluiceError(code, stage, message, { path: address, cause: plain });
}

/** The error code of S3, e.g. `NotImplemented`; undefined for other failures. */
export function s3Name(error: SluiceError): string | undefined {
  return isError(error.cause) ? error.cause.name : undefined;
}

function codeOf(name: string, status: number | undefined, system: string | undefined): ErrorCode | undefined {
  const code = Object.hasOwn(CODES, name) ? CODES[name] : BY_STATUS[status ?? 0];
  if (code !== undefined) return code;
  if (status !== undefined) return status >= 500 && status !== 501 ? 'SERVICE_FAILED' : undefined;
  // The response is missing or incomplete.
  return system === undefined ? undefined : 'SERVICE_FAILED';
}

function statusOf(cause: Error): number | undefined {
  const metadata = '$metadata' in cause ? cause.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
