/** Glossary of jobs, their states, and their public form. */
import type { Receipt } from '../terms/receipt.js';

/*
 * Glossary
 *
 * job         An export that outlives its call: a tenant's request, under an id that is the work automation id.
 * attempt     One try at a job, by one process. Only the newest attempt of a job counts.
 * epoch       The number of an attempt, from 1. Every write of an attempt carries its epoch and fails
 *             (SUPERSEDED) once the job has a newer one: an attempt that was presumed dead changes nothing.
 * slice       The work between two checkpoints: some tens of megabytes of input.
 * checkpoint  The state from which the next attempt resumes after a slice; at the boundary of a deflate block.
 * part        The bytes of output of one slice, stored under a name that contains the epoch.
 * result      The files of a finished job: consecutive parts, with size and SHA-256. It exists once the job says so.
 *
 * States
 *
 * queued      Submitted and durable. Next: running, when an attempt starts; cancelled.
 * running     An attempt is active. Next: one of the end states; queued again, when the attempt is requeued (its process
 *             shuts down, or died) or fails with an error that a retry may avoid, then with a delay; failed, when too
 *             many attempts in a row died with their process before a checkpoint.
 * completed               All requested records are in the result.
 * completedWithNoRecords  There were none: the result is a valid empty document.
 * completedWithErrors     Some records were faulty; they are in a separate file of the result.
 * failed      There is an error and no result. Bad input and bad requests fail at once, system errors after the last
 *             retry.
 * cancelled   Cancelled by the tenant before the end. There is no result.
 * expired     Was completed (with or without errors); the lifetime of the result is over.
 *
 * The last six are end states. The only transition from them is from the three completed ones to `expired`. The job
 * itself is deleted some days later, or by the tenant at any time. All other events of an ended job are ignored.
 */

/** State of a job. */
export type JobState =
  | 'queued'
  | 'running'
  | 'completed'
  | 'completedWithNoRecords'
  | 'completedWithErrors'
  | 'failed'
  | 'cancelled'
  | 'expired';

/** The documented task status of each state; it has no words for cancelled and expired. */
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

/** Whether a word names a state. */
export function isJobState(word: string): word is JobState {
  return Object.hasOwn(DOCUMENTED_STATUS, word);
}

/** All states. */
export const JOB_STATES = Object.keys(DOCUMENTED_STATUS).filter(isJobState);

/** Whether this is an end state. */
export function isEnded(state: JobState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Whether a job in this state has a result. */
export function hasResult(state: JobState): boolean {
  return state === 'completed' || state === 'completedWithNoRecords' || state === 'completedWithErrors';
}

/** The end state of a job with a receipt. */
export function completedState({
  written,
  rejected,
  setAside,
}: Pick<Receipt, 'written' | 'rejected' | 'setAside'>): 'completed' | 'completedWithNoRecords' | 'completedWithErrors' {
  if (rejected > 0 || setAside) return 'completedWithErrors';
  return written > 0 ? 'completed' : 'completedWithNoRecords';
}

/** Progress of a job. Its counts never decrease, even across attempts. */
export interface JobProgress {
  /** Records read from the source. */
  readonly read: number;
  /** Records written to the result. */
  readonly written: number;
  /** Bytes read from the source. */
  readonly bytesIn: number;
  /** Size of the source, if known. */
  readonly totalBytes?: number;
  /** `bytesIn` per second of the newest attempt. */
  readonly bytesPerSecond: number;
  /** Records read per second of the newest attempt. */
  readonly recordsPerSecond: number;
  /** Estimated end at this rate, in milliseconds since 1970; of a running job whose `totalBytes` are known. */
  readonly estimatedEnd?: number;
}

/** Progress of a job without an attempt. */
export const NO_PROGRESS: JobProgress = { read: 0, written: 0, bytesIn: 0, bytesPerSecond: 0, recordsPerSecond: 0 };

/** Merges progress so that no count decreases: an attempt may repeat a slice. */
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
  /** Name within the job. */
  readonly name: string;
  /** Such as `application/zip`. */
  readonly mediaType: string;
  /** Size. */
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/** Why a job failed: the plain form of an error. */
export interface JobError {
  /** Code of the error, see the list of error codes. */
  readonly code: string;
  /** One sentence with the place of the fault. */
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** What is known of a job from its submission, and what jobs are searched by. */
export interface JobFacts {
  /** Who submitted it, as the client said. */
  readonly submittedBy?: string;
  /** Who runs it, as the client said outside the request. */
  readonly userId?: string;
  /** The address of that user. */
  readonly userEmail?: string;
  /** Name of its profile. */
  readonly profileName?: string;
  /** The id that its request names, if it names one. */
  readonly entityId?: string;
  /** The documented type of its file: `RSJSON`, `DSV`, `SMARTEXCEL`. */
  readonly fileType?: string;
  /** The types of entities that its request names, up to 100; absent if it names none. */
  readonly types?: readonly string[];
  /** The id of the job whose request it repeats. */
  readonly rerunOf?: string;
  /** The id of the schedule that submitted it. */
  readonly schedule?: string;
  /** What all deltas of one chain have in common; each is compared with the one before it. */
  readonly deltaChain?: string;
}

/** Public form of a job, without its request: in lists and events. */
export interface JobSummary {
  /** The work automation id. */
  readonly id: string;
  /** The tenant that submitted it. */
  readonly tenant: string;
  /** What happens with the job now, or how it ended. */
  readonly state: JobState;
  /** Grows with every change; the id of its events. */
  readonly version: number;
  /** Number of the newest attempt; 0 before the first. */
  readonly epoch: number;
  /** Attempts that failed with a system error since the last checkpoint. */
  readonly failures: number;
  /** Times in milliseconds since 1970. */
  readonly createdAt: number;
  /** Last change of the job, in milliseconds since 1970. */
  readonly changedAt: number;
  /** Begin of the first attempt, in milliseconds since 1970. */
  readonly startedAt?: number;
  /** End of the job, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** When the result is deleted. */
  readonly expiresAt?: number;
  /** Counts and rates so far. */
  readonly progress: JobProgress;
  /** Why the job, or its last attempt, failed. */
  readonly error?: JobError;
  /** The receipt of a completed job; kept after the result has expired. */
  readonly receipt?: Receipt;
  /** Queued jobs of a tenant with a higher number start first; absent is 0. */
  readonly priority?: number;
  /** What is known from its submission; absent in jobs of an earlier version. */
  readonly facts?: JobFacts;
  /** The files of the result, the export first; empty before there is one, and after it has expired. */
  readonly files: readonly ResultFile[];
}

/** Public form of a job. */
export interface Job extends JobSummary {
  /** The request as it was submitted. */
  readonly request: unknown;
}
