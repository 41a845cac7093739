/** The words of jobs, their states, and what anybody may know of one. */
import type { Receipt } from '../terms/receipt.js';

/*
 * Glossary
 *
 * job         An export that outlives the call: a request of a tenant, under an id that is the work automation id.
 * attempt     One try at a job, by one process. A job has one attempt at a time that counts: the newest.
 * epoch       The number of an attempt, counted from 1. Every write of an attempt carries its epoch and fails
 *             (SUPERSEDED) when the job has a newer one, so that an attempt that was thought dead changes nothing.
 * slice       The work between two checkpoints: some tens of megabytes of input.
 * checkpoint  What the next attempt needs to go on behind a slice. It lies on the boundary of a deflate block.
 * part        The bytes of output that one slice made; stored under a name that bears the epoch.
 * result      The files of a finished job: parts in a row, with size and SHA-256. It exists once the job says so.
 *
 * States
 *
 * queued      Submitted, and durable. Leaves: running, when an attempt is made of it; cancelled.
 * running     An attempt has it. Leaves: one of the ends below; queued again, when the attempt is handed back (the
 *             process shuts down, or died and was started again) or failed with an error that a later try may not
 *             meet, and then not before some time has passed; failed, when too many attempts in a row have died with
 *             their process and without a checkpoint.
 * completed               All records that were asked for are in the result.
 * completedWithNoRecords  There were none: the result is a valid empty document.
 * completedWithErrors     Some records were faulty; they are in a file of their own beside the result.
 * failed      The error is told, there is no result. Bad input and bad requests fail at once, errors of the system
 *             when the tries are used up.
 * cancelled   By the tenant, before the end. There is no result.
 * expired     Was completed (with or without errors); the result was kept for its time.
 *
 * Entering any of the last six is an end: nothing leaves them but `expired`, which the three completed ones enter, and
 * the job itself, which is deleted some days later, or by the tenant at any time. Whatever else comes for an ended job
 * is ignored.
 */

/** Where a job stands. */
export type JobState =
  | 'queued'
  | 'running'
  | 'completed'
  | 'completedWithNoRecords'
  | 'completedWithErrors'
  | 'failed'
  | 'cancelled'
  | 'expired';

/** How the documented task status calls each state; it has no word for cancelled, and none for expired. */
export const DOCUMENTED_STATUS: Readonly<Record<JobState, string>> = {
  queued: 'Queued',
  running: 'Processing',
  completed: 'Completed',
  completedWithNoRecords: 'Completed with no records',
  completedWithErrors: 'Completed With Errors',
  failed: 'Errored',
  cancelled: 'Errored',
  expired: 'Completed',
};

/** Whether a job in this state is over. */
export function isEnded(state: JobState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Whether a job in this state has a result to fetch. */
export function hasResult(state: JobState): boolean {
  return state === 'completed' || state === 'completedWithNoRecords' || state === 'completedWithErrors';
}

/** How a job ends that has made its result. */
export function completedState({
  written,
  rejected,
}: Pick<Receipt, 'written' | 'rejected'>): 'completed' | 'completedWithNoRecords' | 'completedWithErrors' {
  if (rejected > 0) return 'completedWithErrors';
  return written > 0 ? 'completed' : 'completedWithNoRecords';
}

/** How far a job has come. None of its counts ever goes back, whatever attempts come and go. */
export interface JobProgress {
  /** Records read from the source. */
  readonly read: number;
  readonly written: number;
  /** Bytes taken from the source. */
  readonly bytesIn: number;
  /** Bytes of the source, where they are known. */
  readonly totalBytes?: number;
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
  /** When the job will be done at this rate, in milliseconds since 1970; where `totalBytes` is known. */
  readonly estimatedEnd?: number;
}

/** How far a job has come that has not begun. */
export const NO_PROGRESS: JobProgress = { read: 0, written: 0, bytesIn: 0, bytesPerSecond: 0, recordsPerSecond: 0 };

/** Progress that never goes back: an attempt that does a slice again has been there before. */
export function forward(before: JobProgress, now: JobProgress): JobProgress {
  return {
    ...now,
    read: Math.max(before.read, now.read),
    written: Math.max(before.written, now.written),
    bytesIn: Math.max(before.bytesIn, now.bytesIn),
  };
}

/** One file of a result. */
export interface ResultFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/** Why a job failed: the plain form of an error. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** What anybody may know of a job, but the request: what lists and events tell. */
export interface JobSummary {
  /** The work automation id. */
  readonly id: string;
  readonly tenant: string;
  readonly state: JobState;
  /** Grows with every change; the id of the events that tell of them. */
  readonly version: number;
  /** Number of the newest attempt; 0 before the first. */
  readonly epoch: number;
  /** Tries that ended in an error of the system. */
  readonly failures: number;
  /** Times in milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** When the result is deleted. */
  readonly expiresAt?: number;
  readonly progress: JobProgress;
  /** Why the job failed, or why the last try did. */
  readonly error?: JobError;
  /** The proof of a completed job; stays when the result has expired. */
  readonly receipt?: Receipt;
  /** The files of the result, the export first; empty until there is one, and when it has expired. */
  readonly files: readonly ResultFile[];
}

/** What anybody may know of a job. */
export interface Job extends JobSummary {
  /** The request as it was submitted. */
  readonly request: unknown;
}
