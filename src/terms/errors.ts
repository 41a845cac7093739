/** The error class of sluice and the list of its codes. */
import { isError } from './any-error.js';

/** The steps of an export, in the order of the data; each error names the step in which it occurred. */
export type StageName =
  | 'accept'
  | 'plan'
  | 'read'
  | 'scan'
  | 'select'
  | 'serialize'
  | 'wrap'
  | 'write'
  | 'verify'
  | 'run'
  | 'job'
  | 'http'
  | 'client';

/**
 * Every code of an error, with the family that decides exit codes and HTTP statuses.
 * Codes are stable: one may be added, none changes its meaning.
 */
export const ERROR_CODES = {
  /** An unknown key or value in the request. */
  UNKNOWN_KEY: 'request',
  /** A documented feature that sluice does not support. */
  UNSUPPORTED: 'request',
  /** A wrong type, an impossible value, or options that contradict each other. */
  INVALID: 'request',
  /** No profile is registered under the requested name. */
  UNKNOWN_PROFILE: 'request',
  /** A package that a part of sluice needs is not installed. */
  MISSING_PEER: 'request',
  /** An idempotency key was reused with another request. */
  IDEMPOTENCY_MISMATCH: 'request',

  /** A stream or an iterable that can be read once is read or delivered again. */
  ALREADY_USED: 'request',

  /** Credentials are missing or wrong. */
  UNAUTHENTICATED: 'access',
  /** The caller lacks the right for this. */
  FORBIDDEN: 'access',
  /** The tenant does not exist for this service. */
  NO_SUCH_TENANT: 'access',
  /** The tenant has no such job; it may be another tenant's. */
  NO_SUCH_JOB: 'missing',
  /** The job has no such file. */
  NO_SUCH_FILE: 'missing',
  /** The tenant has no such delivery of a webhook. */
  NO_SUCH_DELIVERY: 'missing',
  /** The tenant has no such schedule. */
  NO_SUCH_SCHEDULE: 'missing',
  /** The route does not exist. */
  NO_SUCH_ROUTE: 'missing',
  /** The route exists, for other methods. */
  METHOD_NOT_ALLOWED: 'missing',
  /** The job has no result yet, or has ended without one. */
  NO_RESULT: 'state',
  /** The result was deleted when its time was over. */
  RESULT_EXPIRED: 'expired',
  /** The tenant has reached its number of jobs, or its rate of requests. */
  TOO_MANY_REQUESTS: 'limit',
  /** The tenant's results would exceed their quota of bytes, or the job its quota of records. */
  QUOTA_EXCEEDED: 'limit',
  /** The body of a request is larger than the limit. */
  BODY_TOO_LARGE: 'limit',
  /** The service is shutting down. */
  SHUTTING_DOWN: 'unavailable',
  /** The folder or bucket of results is gone or does not respond. */
  RESULTS_UNAVAILABLE: 'unavailable',
  /** A closed object is used again. */
  CLOSED: 'unavailable',
  /** Every attempt of a job ended without a report, as when it kills its process. */
  ATTEMPTS_EXHAUSTED: 'internal',
  /** A newer attempt has the job; this one may not write any more. */
  SUPERSEDED: 'internal',

  /** Bytes that are not JSON where JSON is required. */
  INVALID_JSON: 'input',
  /** Bytes that are not UTF-8. */
  INVALID_UTF8: 'input',
  /** The input ends inside an entity, a document, a gzip member or a frame of Zstandard. */
  TRUNCATED: 'input',
  /** Compressed input that does not decompress. */
  CORRUPT_GZIP: 'input',
  /** Input in Zstandard that does not decompress. */
  CORRUPT_ZSTD: 'input',
  /** A JSON value that is not an object where an entity is expected. */
  NOT_AN_ENTITY: 'input',
  /** An id, a type, or the path to the entities occurs twice. */
  DUPLICATE_KEY: 'input',
  /** More nested brackets than the limit. */
  TOO_DEEP: 'input',
  /** An entity or a line of more bytes than the limit. */
  ENTITY_TOO_LARGE: 'input',
  /** The first megabyte does not distinguish a document from lines. */
  UNDECIDED_FORM: 'input',
  /** The document has no array of entities. */
  NO_ENTITIES: 'input',
  /** A table that would be wider than any spreadsheet. */
  TOO_MANY_COLUMNS: 'input',
  /** An object that JSON cannot hold, such as one with a BigInt, a cycle, or a getter that throws. */
  UNSERIALIZABLE: 'input',
  /** A file that is not an envelope where one is expected. */
  NOT_AN_ENVELOPE: 'input',
  /** The envelope, or the response of the platform, reports a failure. */
  EXPORT_FAILED: 'input',
  /** An artefact does not hold what it or its receipt states. */
  VERIFY_FAILED: 'input',
  /** A file has changed since an earlier attempt read it, or was truncated while it was read. */
  SOURCE_CHANGED: 'input',
  /** An earlier attempt read under other settings, so its records do not match those to come. */
  PLAN_CHANGED: 'input',
  /** Input in a format that sluice recognises and does not read. */
  UNSUPPORTED_INPUT: 'input',

  /** The source does not exist. */
  NOT_FOUND: 'io',
  /** The source, or the destination, is a directory. */
  IS_DIRECTORY: 'io',
  /** The operating system, or the service that provides the entities, denied access. */
  PERMISSION_DENIED: 'io',
  /** Reading failed. */
  READ_FAILED: 'io',
  /** The destination exists, and `overwrite` is not set. */
  DESTINATION_EXISTS: 'io',
  /** The disk has no space left for the output. */
  DISK_FULL: 'io',
  /** Writing failed. */
  WRITE_FAILED: 'io',
  /** Another process owns the data directory. */
  DATA_DIR_IN_USE: 'io',
  /** The database in the data directory cannot be opened without damage. */
  DATA_DIR_DAMAGED: 'io',
  /** The folder holds foreign files, or belongs to another service. */
  NOT_OWNED: 'io',
  /** A service could not be reached, or responded against its protocol. */
  SERVICE_FAILED: 'io',

  /** The caller, or a consumer that left, ended the run. */
  ABORTED: 'abort',

  /** The counts of a run do not balance. */
  UNBALANCED: 'internal',
  /** A function or an iterable of the caller threw; `cause` is what it threw. */
  CALLBACK_FAILED: 'internal',
  /** A fault of sluice. */
  INTERNAL: 'internal',
} as const;

/** A stable name for one kind of failure. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The subject of a code, which decides exit codes and HTTP statuses. */
export type ErrorFamily = (typeof ERROR_CODES)[ErrorCode];

/** One fault of a request; a request is refused with all of them at once. */
export interface RequestFault {
  /** What is wrong. */
  readonly code: ErrorCode;
  /** Dotted path of the member at fault, e.g. `params.options.maxRecords`. */
  readonly path: string;
  /** One sentence that says what is allowed there. */
  readonly message: string;
}

/** What an error may state beyond its code and stage. */
export interface ErrorDetails {
  /** Name of the input, as its source states it: a path, or a text such as "standard input". */
  readonly source?: string;
  /** The record of that input, counted from 0. */
  readonly recordIndex?: number;
  /** Offset in that input, in bytes from 0: after decompression, except for faults of the compressed bytes. */
  readonly byteOffset?: number;
  /** Line of that input (after decompression), counted from 1. */
  readonly line?: number;
  /** Dotted path of the request member, or path of the file, at fault. */
  readonly path?: string;
  /** The faults of a refused request, at most 20 of them. */
  readonly faults?: readonly RequestFault[];
  /** How many more faults there are. */
  readonly moreFaults?: number;
  readonly cause?: unknown;
}

/** What an error states beside code, stage, message and cause. */
const DETAILS = ['source', 'recordIndex', 'byteOffset', 'line', 'path', 'faults', 'moreFaults'] as const;

/** The plain form of an error; details that are unknown are absent. */
export interface SluiceErrorJson extends Pick<ErrorDetails, (typeof DETAILS)[number]> {
  /** What is wrong; see `SluiceError`. */
  readonly code: ErrorCode;
  /** The step in which it occurred. */
  readonly stage: StageName;
  /** One sentence with the place of the fault. */
  readonly message: string;
}

/**
 * Every failure of sluice. Details that are unknown are absent members.
 *
 * `structuredClone` and `postMessage` make a plain `Error` of it, as of every class of errors: message, stack and cause
 * survive, code and details do not. Send `error.toJSON()` instead, and restore it with `SluiceError.fromJSON`.
 */
export class SluiceError extends Error {
  /** Always `SluiceError`, also of errors from another copy of the package. */
  declare readonly name: 'SluiceError';
  /** Stable code of the failure: a key of `ERROR_CODES`. */
  declare readonly code: ErrorCode;
  /** The step of the export in which it occurred. */
  declare readonly stage: StageName;
  /** Name of the input at fault, as its source states it: a path, or a text such as "standard input". */
  declare readonly source?: string;
  /** The record of that input, counted from 0. */
  declare readonly recordIndex?: number;
  /** Offset in that input, in bytes from 0: after decompression, except for faults of the compressed bytes. */
  declare readonly byteOffset?: number;
  /** Line of that input (after decompression), counted from 1. */
  declare readonly line?: number;
  /** Dotted path of the request member, or path of the file, at fault. */
  declare readonly path?: string;
  /** The faults of a refused request, at most 20 of them. */
  declare readonly faults?: readonly RequestFault[];
  /** How many more faults there are. */
  declare readonly moreFaults?: number;

  constructor(code: ErrorCode, stage: StageName, message: string, details: ErrorDetails = {}) {
    // Faulty input makes one error for each record; its stack leads into sluice and takes more room than the record.
    const limit = Error.stackTraceLimit;
    if (ERROR_CODES[code] === 'input') Reflect.set(Error, 'stackTraceLimit', 0);
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    if (ERROR_CODES[code] === 'input') Reflect.set(Error, 'stackTraceLimit', limit);
    Object.assign(this, { code, stage });
    for (const name of DETAILS) if (details[name] !== undefined) Object.assign(this, { [name]: details[name] });
  }

  /**
   * Restores an error from its plain form, such as a worker has sent it; its stack is that of this call.
   * @throws SluiceError `INVALID` for anything but the plain form of an error
   */
  static fromJSON(json: unknown): SluiceError {
    return restored(json);
  }

  /** The plain form for logs, envelopes, receipts and messages between threads, without stack and cause. */
  toJSON(): SluiceErrorJson {
    const { code, stage, message } = this;
    const known = DETAILS.flatMap((name) => (this[name] === undefined ? [] : [[name, this[name]]]));
    return { code, stage, message, ...Object.fromEntries(known) };
  }
}

// On the prototype, as the names of built-in errors are: the stack begins with it, and it is not printed as a member. Outside
// the class, as the next: bundlers rename a class whose body mentions it, and logs and stacks would show the other name.
Object.defineProperty(SluiceError.prototype, 'name', { value: 'SluiceError', configurable: true, writable: true });

function restored(json: unknown): SluiceError {
  if (!isErrorJson(json)) throw invalid('run', 'the plain form of an error has code, stage and message');
  const { code, stage, message, ...details } = json;
  return new SluiceError(code, stage, message, details);
}

function isErrorJson(json: unknown): json is SluiceErrorJson {
  if (typeof json !== 'object' || json === null) return false;
  const { code, stage, message }: Partial<Record<keyof SluiceErrorJson, unknown>> = json;
  const isKnown = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
  return isKnown && typeof stage === 'string' && typeof message === 'string';
}

/**
 * An error `INVALID` for an argument, an option or a setting.
 * @param path the member that is wrong, which the message then begins with
 */
export function invalid(stage: StageName, message: string, path?: string): SluiceError {
  return new SluiceError('INVALID', stage, path === undefined ? message : `${path}: ${message}`, { path });
}

/** The system's code of an unknown failure, e.g. `ENOENT`; undefined where it has none. */
export function systemCode(cause: unknown): string | undefined {
  return isError(cause) && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** The text of an unknown failure. */
export function messageOf(cause: unknown): string {
  return isError(cause) ? cause.message : String(cause);
}

/**
 * Makes a SluiceError of any thrown value; a SluiceError is returned unchanged.
 * @param code the code for any other value
 */
export function toSluiceError(cause: unknown, code: ErrorCode, stage: StageName, details?: ErrorDetails): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError(code, stage, messageOf(cause), { ...details, cause });
}
