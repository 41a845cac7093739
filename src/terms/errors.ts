/** The one error of sluice, and the one list of its codes. */

/** The steps of an export, in the order of the data; each error names the step it arose in. */
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
 * Every code an error can carry, with the family that decides how doors answer it.
 * Codes are stable: one may be added, none changes its meaning.
 */
export const ERROR_CODES = {
  /** A key or value of the request that nobody knows. */
  UNKNOWN_KEY: 'request',
  /** Something the documented API knows and sluice does not do. */
  UNSUPPORTED: 'request',
  /** A wrong type, an impossible value, or options that contradict each other. */
  INVALID: 'request',
  /** No profile is registered under the name asked for. */
  UNKNOWN_PROFILE: 'request',
  /** The package that a part of sluice stands on is not installed. */
  MISSING_PEER: 'request',
  /** An idempotency key came again with another request. */
  IDEMPOTENCY_MISMATCH: 'request',

  /** A stream or an iterable that can be read once is read, or delivered, again. */
  ALREADY_USED: 'request',

  /** Nobody said who asks, or said it wrongly. */
  UNAUTHENTICATED: 'access',
  /** The tenant has no such job: none is there, or it is another tenant's. */
  NO_SUCH_JOB: 'missing',
  /** The job has no such file. */
  NO_SUCH_FILE: 'missing',
  /** No route is there. */
  NO_SUCH_ROUTE: 'missing',
  /** The route is there, for other methods. */
  METHOD_NOT_ALLOWED: 'missing',
  /** The job has no result yet, or ended without one. */
  NO_RESULT: 'state',
  /** The result was kept for its time, and deleted. */
  RESULT_EXPIRED: 'expired',
  /** The tenant has as many jobs as it may, or asks too often. */
  TOO_MANY_REQUESTS: 'limit',
  /** The tenant's results would take more bytes, or the job more records, than the tenant may have. */
  QUOTA_EXCEEDED: 'limit',
  /** The body of a request is larger than the limit. */
  BODY_TOO_LARGE: 'limit',
  /** The service is shutting down. */
  SHUTTING_DOWN: 'unavailable',
  /** The folder or bucket of results is gone, or does not answer. */
  RESULTS_UNAVAILABLE: 'unavailable',
  /** It was closed, and is used again. */
  CLOSED: 'unavailable',
  /** Each attempt of a job ended without a word, as where it kills its process. */
  ATTEMPTS_EXHAUSTED: 'internal',
  /** A newer attempt has the job: this one may write nothing any more. */
  SUPERSEDED: 'internal',

  /** Bytes that are not JSON where JSON must stand. */
  INVALID_JSON: 'input',
  /** Bytes that are not UTF-8. */
  INVALID_UTF8: 'input',
  /** The input ends inside an entity, a document or a gzip member. */
  TRUNCATED: 'input',
  /** Compressed input that does not decompress. */
  CORRUPT_GZIP: 'input',
  /** A JSON value that is no object where an entity is due. */
  NOT_AN_ENTITY: 'input',
  /** An id or type, or the way to the entities, is given twice. */
  DUPLICATE_KEY: 'input',
  /** More nested brackets than the limit. */
  TOO_DEEP: 'input',
  /** An entity, or a line, of more bytes than the limit. */
  ENTITY_TOO_LARGE: 'input',
  /** The first megabyte does not tell a document from lines. */
  UNDECIDED_FORM: 'input',
  /** The document has no array where its entities should be. */
  NO_ENTITIES: 'input',
  /** A table that would be wider than any spreadsheet. */
  TOO_MANY_COLUMNS: 'input',
  /** An object that JSON cannot hold, such as one with a BigInt or a cycle. */
  UNSERIALIZABLE: 'input',
  /** A file that is no envelope where one is due. */
  NOT_AN_ENVELOPE: 'input',
  /** The envelope, or the answer of the platform, that is read says itself that it failed. */
  EXPORT_FAILED: 'input',
  /** An artefact does not hold what it, or its receipt, says. */
  VERIFY_FAILED: 'input',
  /** A file is not the one any more that an earlier attempt has read from, or was cut while it was read. */
  SOURCE_CHANGED: 'input',
  /** An earlier attempt read under other settings, so that its records and those to come do not go together. */
  PLAN_CHANGED: 'input',
  /** Input in a form that sluice knows by its first bytes and does not read. */
  UNSUPPORTED_INPUT: 'input',

  /** The source does not exist. */
  NOT_FOUND: 'io',
  /** The source, or the destination, is a directory. */
  IS_DIRECTORY: 'io',
  /** The operating system, or the service that entities come from, refused access. */
  PERMISSION_DENIED: 'io',
  /** Reading failed midway. */
  READ_FAILED: 'io',
  /** The destination exists and may not be overwritten. */
  DESTINATION_EXISTS: 'io',
  /** No space is left for the output. */
  DISK_FULL: 'io',
  /** Writing failed. */
  WRITE_FAILED: 'io',
  /** Another process owns the data directory. */
  DATA_DIR_IN_USE: 'io',
  /** The data directory holds a database that cannot be opened without harm. */
  DATA_DIR_DAMAGED: 'io',
  /** The folder holds what sluice did not make, or belongs to another service. */
  NOT_OWNED: 'io',
  /** A service could not be reached, or did not answer as agreed. */
  SERVICE_FAILED: 'io',

  /** The caller, or a consumer that went away, ended the run. */
  ABORTED: 'abort',

  /** The counts of a run do not add up. */
  UNBALANCED: 'internal',
  /** A fault of sluice, or of code that was handed to it. */
  INTERNAL: 'internal',
} as const;

/** A stable name for one kind of failure. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What a code is about, which decides what a door answers. */
export type ErrorFamily = (typeof ERROR_CODES)[ErrorCode];

/** One fault of a request; a request is refused with all of them at once. */
export interface RequestFault {
  readonly code: ErrorCode;
  /** Dotted path of the member at fault, e.g. `params.options.maxRecords`. */
  readonly path: string;
  readonly message: string;
}

/** What an error may tell beyond its code and stage. */
export interface ErrorDetails {
  /** Name of the input, as its source gave it: a path, or words such as "standard input". */
  readonly source?: string;
  /** Which record of that input, counted from 0. */
  readonly recordIndex?: number;
  /** Where in that input, in bytes from 0: after decompression, but for faults of the compressed bytes themselves. */
  readonly byteOffset?: number;
  /** On which line of that input (after decompression), counted from 1. */
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
  readonly code: ErrorCode;
  readonly stage: StageName;
  readonly message: string;
}

/**
 * Every failure of sluice. Details that are unknown are absent members.
 *
 * `structuredClone` and `postMessage` make a plain `Error` of it, as of every class of errors: message, stack and cause
 * survive, code and details do not. Send `error.toJSON()` instead, and restore it with `SluiceError.fromJSON`.
 */
export class SluiceError extends Error {
  declare readonly name: 'SluiceError';
  declare readonly code: ErrorCode;
  declare readonly stage: StageName;
  declare readonly source?: string;
  declare readonly recordIndex?: number;
  declare readonly byteOffset?: number;
  declare readonly line?: number;
  declare readonly path?: string;
  declare readonly faults?: readonly RequestFault[];
  declare readonly moreFaults?: number;

  static {
    // On the prototype, as the names of built-in errors are: the stack begins with it, and it is not printed as a member.
    Object.defineProperty(SluiceError.prototype, 'name', { value: 'SluiceError', configurable: true, writable: true });
  }

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
    if (!isErrorJson(json)) throw invalid('run', 'the plain form of an error has code, stage and message');
    const { code, stage, message, ...details } = json;
    return new SluiceError(code, stage, message, details);
  }

  /** The plain form for logs, envelopes, receipts and messages between threads, without stack and cause. */
  toJSON(): SluiceErrorJson {
    const { code, stage, message } = this;
    const known = DETAILS.flatMap((name) => (this[name] === undefined ? [] : [[name, this[name]]]));
    return { code, stage, message, ...Object.fromEntries(known) };
  }
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

/** The system error code of an unknown failure, e.g. `ENOENT`; undefined where it has none. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** The text of an unknown failure. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Makes a SluiceError of whatever was thrown; one that is already typed passes through unchanged.
 * @param code the code for failures that carry none
 */
export function toSluiceError(cause: unknown, code: ErrorCode, stage: StageName, details?: ErrorDetails): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError(code, stage, messageOf(cause), { ...details, cause });
}
