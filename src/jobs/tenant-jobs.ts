/** The jobs of one tenant: the only access to jobs, bound to a tenant, so that no handler can name another one. */

import type { Readable } from 'node:stream';
import type { ByteRange } from '../results/blob-store.js';
import type { Schedule, ScheduledOptions, ScheduleSummary, ScheduleTimes } from '../schedules/schedule.js';
import type { BlobContent, Profile } from '../terms/profile.js';
import type { DocumentedBody, ExportRequest } from '../terms/request.js';
import type { Delivery, DeliveryPage, DeliveryQuery } from '../webhooks/delivery.js';
import type { FileLink } from './file-link.js';
import type { SourceInspection } from './inspection.js';
import type { Job, JobSummary, ResultFile } from './job.js';
import type { JobFilter } from './job-filter.js';
import type { JobHistory } from './job-history.js';
import type { JobMode } from './job-plan.js';
import type { FoundJobs, JobSearch, JobTally } from './job-search.js';
import type { Preview } from './preview.js';
import type { TenantSpace } from './tenant-space.js';

/** A submission. */
export interface Submission {
  /** What to export, in the library's form or as the documented body. */
  readonly request: ExportRequest | DocumentedBody;
  /** A second submission of the same request under the same key returns the job of the first one. */
  readonly idempotencyKey?: string;
  /** Who submits it, for searches; up to 255 characters. */
  readonly submittedBy?: string;
  /** Who runs the export, for profiles that record it, before the user that the request names; up to 255 characters. */
  readonly userId?: string;
  /** The address of that user; up to 255 characters. */
  readonly userEmail?: string;
  /** Queued jobs of the tenant with a higher number start first; -100 to 100, default 0. */
  readonly priority?: number;
  /** An address that is told of the end, beside those of the tenant; see `WebhookOptions`. */
  readonly webhook?: string;
}

/** How a job is repeated. */
export interface RerunOptions {
  /** As of a submission. */
  readonly idempotencyKey?: string;
  /** Who repeats it, for searches; default who submitted the earlier job. */
  readonly submittedBy?: string;
  /** Who runs the export; default who ran the earlier one. */
  readonly userId?: string;
  /** The address of that user; default that of the earlier one. */
  readonly userEmail?: string;
  /** As of a submission; default that of the earlier job. */
  readonly priority?: number;
  /** As of a submission; default that of the earlier job. */
  readonly webhook?: string;
}

/** What a job of a request would do. */
export interface Explanation {
  /** One sentence each, in the order of the data. */
  readonly lines: readonly string[];
  /** Name of the file that would be stored, with `ID` for the id of the job. */
  readonly fileName: string;
  /** Such as `application/zip`. */
  readonly mediaType: string;
  /** How a service would respond, by the profile of the request. */
  readonly mode: JobMode;
  /** Name of the profile, if one is used. */
  readonly profile?: string;
  /** The types of entities that the request names, if it names any. */
  readonly types?: readonly string[];
}

/** Result of a call for all jobs that match a filter. */
export interface ManyJobs {
  /** Number of jobs that matched when the call began. */
  readonly matched: number;
  /** How many of them were cancelled or deleted. A call ends after 1000 jobs or 5 s: repeat it while that is less. */
  readonly done: number;
}

/** Result of a submission. */
export interface Submitted {
  /** The new job, or the earlier one of the same key. */
  readonly job: Job;
  /** False if the idempotency key was used before. */
  readonly created: boolean;
  /** How a service responds, by the profile of the request. */
  readonly mode: JobMode;
}

/** Which jobs, and which page of them. */
export interface ListOptions extends JobFilter {
  /** Maximum number of jobs, 1 to 500; default 50. A page has fewer if they are large. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: string;
}

/** How a job is watched. */
export interface WatchOptions {
  /** Only versions above this one. */
  readonly after?: number;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/** How the jobs of a tenant are watched. */
export interface WatchAllOptions {
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
}

/** What happens to the jobs of a tenant. */
export type TenantChange =
  | {
      /** Changes are noticed from now on. When it comes again, some may have been missed: list the jobs anew. */
      readonly kind: 'ready';
    }
  | {
      /** A job was submitted or has changed. */
      readonly kind: 'changed';
      /** The job, without its request. */
      readonly job: JobSummary;
    }
  | {
      /** A job was deleted. */
      readonly kind: 'removed';
      /** Its id. */
      readonly id: string;
    };

/** How long to wait for the end of a job. */
export interface WaitForOptions {
  /** Default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait early. */
  readonly signal?: AbortSignal;
}

/** How an envelope is made. */
export interface EnvelopeOptions {
  /**
   * What the blob holds, unless the request or its profile says: the stored zip (default), or, of a result of one file, that
   * file itself.
   */
  readonly content?: BlobContent;
}

/** How entities are read. */
export interface ReadOptions {
  /** Ends reading. */
  readonly signal?: AbortSignal;
}

/** A schedule to be added. */
export interface NewSchedule extends ScheduleTimes, ScheduledOptions {
  /** What to export, in the library's form or as the documented body. Deltas of one schedule are a chain. */
  readonly request: ExportRequest | DocumentedBody;
}

/** The schedules of one tenant. Every method rejects with a SluiceError: `NO_SUCH_SCHEDULE` also for those of others. */
export interface TenantSchedules {
  /**
   * Adds a schedule; resolves once it is durable.
   * @throws SluiceError those of `planExport`; `INVALID` for times, `MISSING_PEER` (croner), `QUOTA_EXCEEDED` beyond 100
   */
  add(schedule: NewSchedule): Promise<Schedule>;
  /** The schedules of the tenant, in the order of their addition, without their requests. */
  list(): Promise<readonly ScheduleSummary[]>;
  /** A schedule with its request. */
  get(id: string): Promise<Schedule>;
  /** Deletes a schedule, and returns it for the last time; its jobs stay. */
  remove(id: string): Promise<Schedule>;
  /** Lets a schedule submit nothing when it is due, until it is resumed; `run` still does. Returns it. */
  pause(id: string): Promise<Schedule>;
  /** Resumes a schedule: it is due at its next usual time, whatever was missed. Returns it. */
  resume(id: string): Promise<Schedule>;
  /**
   * Submits its request now, whenever it is due.
   * @throws SluiceError those of a submission; `TOO_MANY_REQUESTS` while the job before has not ended
   */
  run(id: string): Promise<Submitted>;
}

/** A page of jobs, newest first, without their requests. */
export interface JobPage {
  /** The jobs of this page. */
  readonly jobs: readonly JobSummary[];
  /** Start of the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * The jobs of one tenant. Every method rejects with a SluiceError: `NO_SUCH_JOB` also for ids of another tenant,
 * `CLOSED` after the jobs were closed.
 */
export interface TenantJobs {
  /** Name of the tenant. */
  readonly tenant: string;
  /** Requests that are submitted again and again. */
  readonly schedules: TenantSchedules;
  /** The space that jobs and results of the tenant take, and how much they may. */
  space(): Promise<TenantSpace>;
  /** The profiles that requests can select. */
  profiles(): Promise<readonly Profile[]>;
  /**
   * Creates a job; resolves once it is durable.
   * @throws SluiceError those of `planExport`; `IDEMPOTENCY_MISMATCH`, `TOO_MANY_REQUESTS`, `QUOTA_EXCEEDED`,
   * `RESULTS_UNAVAILABLE`, `DISK_FULL`, `SHUTTING_DOWN`, `CLOSED`
   */
  submit(submission: Submission): Promise<Submitted>;
  /**
   * Creates a job with the request of an earlier one, which its facts name as `rerunOf`. Criteria that depend on the time
   * see that of the new job.
   * @throws SluiceError those of `submit`
   */
  rerun(id: string, options?: RerunOptions): Promise<Submitted>;
  /**
   * Explains what a job of this submission would do.
   * @throws SluiceError those of `planExport`, with the path of each fault
   */
  explain(submission: Submission): Promise<Explanation>;
  /**
   * Reads the first ten entities that a job of this submission would export, within five seconds and without a job.
   * @throws SluiceError those of `planExport`; those of reading; `UNSUPPORTED` in stage `read` for a source that cannot be
   *   read again
   */
  preview(submission: Submission, options?: ReadOptions): Promise<Preview>;
  /**
   * Reads the source, for ten seconds or a gibibyte at most, and keeps what types, members and attributes it has. Calls at
   * the same time share one inspection.
   * @throws SluiceError `UNSUPPORTED` in stage `read` for a source that cannot be read again; those of opening it
   */
  inspect(): Promise<SourceInspection>;
  /** What the last inspection has kept; undefined if there was none. */
  inspection(): Promise<SourceInspection | undefined>;
  /** The current state of a job, with its request. */
  get(id: string): Promise<Job>;
  /** What has happened to a job: its attempts, and how far it was when. */
  history(id: string): Promise<JobHistory>;
  /**
   * The jobs of the tenant that match, newest first, a page at a time. No page repeats or skips a job that existed when
   * the first one was read, whatever is submitted or deleted.
   */
  list(options?: ListOptions): Promise<JobPage>;
  /** How many jobs match, by their states. */
  tally(filter?: JobFilter): Promise<JobTally>;
  /**
   * Searches the jobs of the tenant, in any order; a page of their ids.
   * @throws SluiceError `INVALID` for a limit beyond 2000
   */
  search(search: JobSearch): Promise<FoundJobs>;
  /** Jobs by their ids, in that order, without their requests; missing ones are skipped. */
  lookAll(ids: readonly string[]): AsyncIterable<JobSummary>;
  /**
   * Cancels an unfinished job. Deletes an ended one, with its result and its request, and returns it for the last
   * time.
   */
  cancel(id: string): Promise<Job>;
  /**
   * Cancels the unfinished jobs that match.
   * @throws SluiceError `INVALID` for a filter without a test
   */
  cancelAll(filter: JobFilter): Promise<ManyJobs>;
  /**
   * Deletes the ended jobs that match, with their results and requests.
   * @throws SluiceError `INVALID` for a filter without a test
   */
  deleteAll(filter: JobFilter): Promise<ManyJobs>;
  /**
   * Reads the entities of the source that a body selects, at this moment and without a job: lines with one entity each.
   * @throws SluiceError those of `planExport` at once, or where its options depend on the tenant as the stream's error, as
   *   those of reading are; `UNSUPPORTED` in stage `read` for a source that cannot be read again
   */
  readEntities(request: DocumentedBody, options?: ReadOptions): Readable;
  /**
   * Deletes the result of a job, which then is expired; the job and its request stay.
   * @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`
   */
  deleteResult(id: string): Promise<JobSummary>;
  /**
   * The job, without its request, now and after each change, until it has ended or the jobs are closed; rapid changes may
   * be merged.
   */
  watch(id: string, options?: WatchOptions): AsyncIterable<JobSummary>;
  /** Deliveries of webhooks, newest first, a page at a time. */
  deliveries(query?: DeliveryQuery): Promise<DeliveryPage>;
  /**
   * Makes a delivery due again, whatever became of it, under the same id.
   * @throws SluiceError `NO_SUCH_DELIVERY`
   */
  redeliver(id: string): Promise<Delivery>;
  /** The secret by which webhooks of the tenant are signed: `whsec_` and base64, as Standard Webhooks has it. */
  webhookSecret(): Promise<string>;
  /** Changes of all jobs of the tenant from now on, until the jobs are closed; rapid changes of a job may be merged. */
  watchAll(options?: WatchAllOptions): AsyncIterable<TenantChange>;
  /** Resolves to the job once it has ended, or to its current state after `timeoutMs` or once the signal fires. */
  waitFor(id: string, options?: WaitForOptions): Promise<Job>;
  /** @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`, `NO_SUCH_FILE` */
  getFile(id: string, name: string): Promise<ResultFile>;
  /** The bytes of a file, or of a range of it; throws as `getFile` does. */
  openFile(id: string, name: string, range?: ByteRange): Promise<Readable>;
  /**
   * A link to a file that needs no token: a presigned URL of the storage, if the storage serves files, else a signature
   * for the service. It ends with its lifetime or with the result; throws as `getFile` does.
   */
  createLink(id: string, name: string): Promise<FileLink>;
  /**
   * The documented envelope, encoded while it is read: around the first file, or, if the blob is plain, around the only
   * file in it; throws as `getFile` does.
   */
  openEnvelope(id: string, options?: EnvelopeOptions): Promise<Readable>;
}
