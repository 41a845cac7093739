/** A job as returned by its service. */
import { DOCUMENTED_STATUS, isJobState, type JobProgress, type JobState } from '../jobs/job.js';
import { isObject } from '../options/faults.js';
import { countAt, listAt, memberAt, textAt } from '../options/json-members.js';
import { failed } from '../remote/connection.js';
import { codeOf } from '../remote/reason.js';
import { SluiceError } from '../terms/errors.js';

/** Progress of a job. */
export interface RemoteProgress extends Omit<JobProgress, 'estimatedEnd'> {
  /** Estimated end at this rate, in ISO 8601. */
  readonly estimatedEnd?: string;
}

/** One file of a result. */
export interface RemoteFile {
  /** Name within the job. */
  readonly name: string;
  /** Such as `application/zip`. */
  readonly mediaType?: string;
  /** Size; absent where the service does not state it, as the platform. */
  readonly bytes?: number;
  /** Hexadecimal SHA-256. */
  readonly sha256?: string;
  /** Key of the object on the documented platform, whose files have no URL of their own. */
  readonly objectKey?: string;
  /** Whether child tasks made the file, which the platform then serves from its storage. */
  readonly isBatched?: boolean;
}

/** A job of sluice, or of the documented platform with fewer members. */
export interface RemoteJob {
  /** The work automation id. */
  readonly id: string;
  /** State in the words of sluice; that of a platform task is translated. */
  readonly state: JobState;
  /** The documented status of the state. */
  readonly status: string;
  /** Times in ISO 8601. */
  readonly createdAt?: string;
  /** Last change of the job, in ISO 8601. */
  readonly changedAt?: string;
  /** Begin of the first attempt, in ISO 8601. */
  readonly startedAt?: string;
  /** End of the job, in ISO 8601. */
  readonly endedAt?: string;
  /** When the result is deleted, in ISO 8601. */
  readonly expiresAt?: string;
  /** Name of its profile. */
  readonly profile?: string;
  /** Who submitted it. */
  readonly submittedBy?: string;
  /** Queued jobs of the tenant with a higher number start first. */
  readonly priority?: number;
  /** The id of the job whose request it repeats. */
  readonly rerunOf?: string;
  /** The id of the schedule that submitted it. */
  readonly schedule?: string;
  /** Number of attempts so far. */
  readonly attempts?: number;
  /** Grows with every change. */
  readonly version?: number;
  /** Counts and rates so far; zeros where the service states none. */
  readonly progress: RemoteProgress;
  /** The request as it was submitted. */
  readonly request?: unknown;
  /** Why the job, or its last attempt, failed. */
  readonly error?: {
    /** Code of the error, of sluice or of the platform. */
    readonly code: string;
    /** The sentence of the service. */
    readonly message: string;
  };
  /** The receipt of a completed job, as the service sent it. */
  readonly receipt?: unknown;
  /** The files of the result, the export first. */
  readonly files: readonly RemoteFile[];
}

/** A page of jobs, newest first. */
export interface RemoteJobPage {
  /** The jobs of this page. */
  readonly jobs: readonly RemoteJob[];
  /** Start of the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * Parses a job of sluice.
 * @throws SluiceError `SERVICE_FAILED` for anything else
 */
export function acceptJob(view: unknown): RemoteJob {
  const id = textAt(view, 'id');
  const state = textAt(view, 'state');
  if (id === undefined || state === undefined || !isJobState(state)) throw failed('the response is not a job');
  return {
    id,
    state,
    status: textAt(view, 'status') ?? DOCUMENTED_STATUS[state],
    createdAt: textAt(view, 'createdAt'),
    changedAt: textAt(view, 'changedAt'),
    startedAt: textAt(view, 'startedAt'),
    endedAt: textAt(view, 'endedAt'),
    expiresAt: textAt(view, 'expiresAt'),
    profile: textAt(view, 'profile'),
    submittedBy: textAt(view, 'submittedBy'),
    priority: integerAt(view, 'priority'),
    rerunOf: textAt(view, 'rerunOf'),
    schedule: textAt(view, 'schedule'),
    attempts: countAt(view, 'attempts'),
    version: countAt(view, 'version'),
    request: memberAt(view, 'request'),
    receipt: memberAt(view, 'receipt'),
    progress: acceptProgress(memberAt(view, 'progress')),
    error: acceptError(memberAt(view, 'error')),
    files: listAt(view, 'files').flatMap(acceptFile),
  };
}

/** Parses a page of jobs; throws as `acceptJob` does. */
export function acceptPage(page: unknown): RemoteJobPage {
  if (!Array.isArray(memberAt(page, 'jobs'))) throw failed('the response is not a list of jobs');
  return { jobs: listAt(page, 'jobs').map(acceptJob), next: startOf(textAt(page, 'next')) };
}

/** The start of a page in the address of that page. */
export function startOf(next: string | undefined): string | undefined {
  if (next === undefined) return undefined;
  return new URLSearchParams(next.slice(next.indexOf('?') + 1)).get('after') ?? next;
}

function acceptError(error: unknown): RemoteJob['error'] {
  if (!isObject(error)) return undefined;
  return { code: textAt(error, 'code') ?? 'INTERNAL', message: textAt(error, 'message') ?? 'no message' };
}

function integerAt(view: unknown, name: string): number | undefined {
  const value = memberAt(view, name);
  return Number.isInteger(value) && typeof value === 'number' ? value : undefined;
}

function acceptProgress(progress: unknown): RemoteProgress {
  const count = (name: string) => countAt(progress, name) ?? 0;
  return {
    read: count('read'),
    written: count('written'),
    bytesIn: count('bytesIn'),
    bytesPerSecond: count('bytesPerSecond'),
    recordsPerSecond: count('recordsPerSecond'),
    totalBytes: countAt(progress, 'totalBytes'),
    estimatedEnd: textAt(progress, 'estimatedEnd'),
  };
}

function acceptFile(file: unknown): readonly RemoteFile[] {
  const name = textAt(file, 'name');
  if (name === undefined) return [];
  const sha256 = textAt(file, 'sha256')?.toLowerCase();
  return [{ name, mediaType: textAt(file, 'mediaType'), bytes: countAt(file, 'bytes'), sha256 }];
}

/**
 * The error of a job without a result: that of a failed job, if its code is known, `RESULT_EXPIRED`, or `NO_RESULT` for
 * a job that was cancelled or has not ended.
 */
export function withoutResult({ id, state, error }: RemoteJob): SluiceError {
  if (state === 'failed') {
    const text = error ? `${error.message} (${error.code})` : 'no reason was given';
    return new SluiceError(codeOf(error?.code) ?? 'EXPORT_FAILED', 'client', `job ${id} failed: ${text}`);
  }
  if (state === 'expired') return new SluiceError('RESULT_EXPIRED', 'client', `the result of job ${id} has expired`);
  const why = { queued: 'it has not begun', running: 'it has not ended', cancelled: 'it was cancelled' };
  const reason = state === 'queued' || state === 'running' || state === 'cancelled' ? why[state] : 'it made no file';
  return new SluiceError('NO_RESULT', 'client', `job ${id} has no result: ${reason}`);
}
