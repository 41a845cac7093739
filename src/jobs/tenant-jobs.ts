/** What one tenant can do: the only door to jobs, bound to the tenant, so that no handler ever names another one. */

import type { Readable } from 'node:stream';
import type { ByteRange } from '../results/blob-store.js';
import type { DocumentedBody, ExportRequest } from '../terms/request.js';
import type { FileLink } from './file-link.js';
import type { Job, JobSummary, ResultFile } from './job.js';
import type { JobMode } from './job-plan.js';

/** How a job is submitted. */
export interface Submission {
  /** What to export, in the library's form or as the documented body. */
  readonly request: ExportRequest | DocumentedBody;
  /** A second submission under the same key, of the same request, answers the first one's job. */
  readonly idempotencyKey?: string;
}

/** What was submitted. */
export interface Submitted {
  readonly job: Job;
  /** False when the idempotency key had come before. */
  readonly created: boolean;
  /** How a service responds, by the profile of the request: with the result (`AUTO`), or the job at once (`ASYNC`). */
  readonly mode: JobMode;
}

/** Which page of jobs. */
export interface ListOptions {
  /** Jobs at the most, 1 to 500; default 50. A page has fewer where they take much room. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** How a job is watched. */
export interface WatchOptions {
  /** Only versions above this one. */
  readonly after?: number;
  /** Ends the iteration quietly. */
  readonly signal?: AbortSignal;
}

/** How long to wait for the end of a job. */
export interface WaitForOptions {
  /** Default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/** A page of jobs, the newest first, without their requests. */
export interface JobPage {
  readonly jobs: readonly JobSummary[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

/**
 * The jobs of one tenant. Every method rejects with a SluiceError; `NO_SUCH_JOB` also for another tenant's ids, `CLOSED`
 * when the jobs were closed.
 */
export interface TenantJobs {
  readonly tenant: string;
  /**
   * Makes a job; resolves once it would survive the death of the process.
   * @throws SluiceError what `planExport` throws; `IDEMPOTENCY_MISMATCH`, `TOO_MANY_REQUESTS`, `QUOTA_EXCEEDED`,
   * `RESULTS_UNAVAILABLE`, `DISK_FULL`, `SHUTTING_DOWN`, `CLOSED`
   */
  submit(submission: Submission): Promise<Submitted>;
  get(id: string): Promise<Job>;
  list(options?: ListOptions): Promise<JobPage>;
  /**
   * Ends a job that is on its way. One that has ended is deleted: its result, its request, all that was known of it;
   * it is answered a last time.
   */
  cancel(id: string): Promise<Job>;
  /**
   * The job as it is, without its request, then after each change, until it has ended or the jobs are closed; changes
   * that follow quickly may be told as one.
   */
  watch(id: string, options?: WatchOptions): AsyncIterable<JobSummary>;
  /** Resolves to the job once it has ended, or to its current state after `timeoutMs` or once the signal fires. */
  waitFor(id: string, options?: WaitForOptions): Promise<Job>;
  /** @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`, `NO_SUCH_FILE` */
  getFile(id: string, name: string): Promise<ResultFile>;
  /** The bytes of a file, or of a part of it; throws as `file` does. */
  openFile(id: string, name: string, range?: ByteRange): Promise<Readable>;
  /**
   * A link to a file, for those who have no token: to the storage, where it serves files by itself, else what the
   * service knows as its own. It ends with its time, and with the result; throws as `file` does.
   */
  createLink(id: string, name: string): Promise<FileLink>;
  /** The documented envelope around the first file, made as it is read; throws as `file` does. */
  openEnvelope(id: string): Promise<Readable>;
}
