/** Storage of jobs and their queue: the port, and one engine per kind of storage. */
import type { ScheduleStore } from '../schedules/schedule.js';
import type { DeliveryStore } from '../webhooks/delivery.js';
import type { InspectionStore } from './inspection.js';
import type { JobError, JobFacts, JobProgress, JobState, JobSummary } from './job.js';
import type { JobEmitter } from './job-events.js';
import type { JobHistory } from './job-history.js';
import type { JobCheckpoint, JobRow, StoredFile, WholeRow } from './job-row.js';
import type { FoundJobs, JobSearch, JobTally } from './job-search.js';

export type { JobCheckpoint, JobRow, StoredFile, WholeRow } from './job-row.js';

/** Maximum size of the rows in one page of a list: serialized within a few milliseconds. */
export const MOST_PAGE_BYTES = 1024 * 1024;

/** Rows of a list. */
export interface RowPage {
  readonly rows: readonly JobRow[];
  /** Where the next page starts; absent on the last one. It stays valid whatever happens to the jobs. */
  readonly next?: string;
}

/** Stored bytes of a tenant. */
export interface StoredBytes {
  /** Size of results, also of unfinished ones. */
  readonly results: number;
  /** Size of rows with their requests. */
  readonly rows: number;
}

/** A job to be added. */
export interface NewJob {
  readonly id: string;
  readonly tenant: string;
  /** Plain JSON data of bounded size. */
  readonly request: unknown;
  readonly idempotencyKey?: string;
  readonly facts?: JobFacts;
  /** When it was submitted, in milliseconds since 1970; default: now. Its plan depends on it. */
  readonly createdAt?: number;
  /** The limits of its tenant; default: those of the engine. That of running jobs holds until the next submission. */
  readonly limits?: Pick<EngineLimits, 'running' | 'queued'>;
  /** A higher number starts first; default 0. */
  readonly priority?: number;
  /** Addresses that are told of the end. */
  readonly webhooks?: readonly string[];
  /** That of the submission among them, which is told of a repetition, too. */
  readonly ownWebhook?: string;
}

/** Limits per tenant. */
export interface EngineLimits {
  readonly running: number;
  readonly queued: number;
  /** Lost attempts in a row after which a job fails. */
  readonly maxAttempts?: number;
}

/** Unfinished jobs of all tenants. */
export interface JobCounts {
  /** Jobs that wait for an attempt. */
  readonly queued: number;
  /** Jobs with an attempt. */
  readonly running: number;
  /** Jobs with unreadable rows, which are skipped and kept; absent if there are none. */
  readonly setAside?: number;
}

/** Unfinished jobs of one tenant. */
export interface TenantCounts {
  /** Its name. */
  readonly tenant: string;
  /** Jobs that wait for an attempt. */
  readonly queued: number;
  /** Jobs with an attempt. */
  readonly running: number;
}

/** A process that runs jobs. */
export interface Worker {
  /** Its id, which it has until it ends. */
  readonly id: string;
  /** Name of its machine. */
  readonly host: string;
  /** Its process id there. */
  readonly pid: number;
  /** When it began to run jobs, in milliseconds since 1970. */
  readonly startedAt: number;
  /** When it last said that it is there, which it does every five seconds. */
  readonly seenAt: number;
  /** The jobs that it runs. */
  readonly jobs: readonly WorkerJob[];
}

/** A job that a worker runs. */
export interface WorkerJob {
  /** Its id. */
  readonly id: string;
  /** Its tenant. */
  readonly tenant: string;
  /** When another worker may take it, unless the lease is renewed until then; in milliseconds since 1970. */
  readonly leaseUntil: number;
}

/** How an attempt ends its job. */
export interface Outcome {
  readonly state: Extract<JobState, 'completed' | 'completedWithNoRecords' | 'completedWithErrors' | 'failed'>;
  readonly progress?: JobProgress;
  readonly receipt?: JobSummary['receipt'];
  readonly files?: readonly StoredFile[];
  readonly error?: JobError;
  readonly expiresAt?: number;
}

/**
 * Stores the rows, for one process or for many. Resolved writes are durable. Several engines over the same jobs share
 * them: each claim is exclusive, limits count for all together, changes are reported to all. An engine keeps its claims
 * until the attempt ends or the process dies, which the others detect. The methods with an epoch are the writes of an
 * attempt: unless the job is running and the epoch is its newest, they reject with `SUPERSEDED` and change nothing.
 */
export interface JobEngine {
  /** Emits `change` after every change, also of another engine, and `turn` when `claim` may return a job. */
  readonly events: JobEmitter;
  /** Deliveries of webhooks: whatever ends a job adds one for each of its addresses, with that end or not at all. */
  readonly deliveries: DeliveryStore;
  /** Requests that are submitted again and again. */
  readonly schedules: ScheduleStore;
  /** What is known of the sources of tenants. */
  readonly inspections: InspectionStore;
  /**
   * Adds a job, or returns the one with the same idempotency key.
   * @throws SluiceError `IDEMPOTENCY_MISMATCH`, `TOO_MANY_REQUESTS`
   */
  submit(job: NewJob): Promise<{ readonly row: WholeRow; readonly created: boolean }>;
  /** @throws SluiceError `INTERNAL` if the row exists and is unreadable; so does `look` */
  get(id: string): Promise<WholeRow | undefined>;
  /** A row without its request. */
  look(id: string): Promise<JobRow | undefined>;
  /**
   * Jobs of a tenant that a search finds, newest first, whatever the order of the search; fewer than the limit if they
   * are large. Unreadable rows are skipped. No page repeats or skips a job that existed at the first one.
   * @param after `next` of the page before
   * @throws SluiceError `INVALID` if it is something else
   */
  list(tenant: string, limit: number, after?: string, search?: JobSearch): Promise<RowPage>;
  /** The jobs of a tenant that a search finds; a page of their ids, and how many there are. */
  find(tenant: string, search: JobSearch): Promise<FoundJobs>;
  /** How many jobs of a tenant a search finds, by their states. */
  tally(tenant: string, search: JobSearch): Promise<JobTally>;
  /** What has happened to a job; noted by the writes that change it, and deleted with it. */
  history(id: string): Promise<JobHistory>;
  /** Rows without their requests, in the order of the ids; missing and unreadable ones are skipped. For few ids. */
  lookAll(ids: readonly string[]): Promise<readonly JobRow[]>;
  /**
   * Starts an attempt of the next queued job: running, under a new epoch. Fair to all tenants. A job with a lost attempt
   * may have killed its process, and other jobs must not be blamed for that: it runs only beside attempts that have
   * written a checkpoint. If such a job is next and cannot run here, nothing is claimed.
   * @param alone whether such a job could run here; default true
   * @param except tenants whose jobs are not claimed; default none
   */
  claim(alone?: boolean, except?: readonly string[]): Promise<WholeRow | undefined>;
  checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow>;
  progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow>;
  finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow>;
  /** Queues the job again, with its checkpoint; after a failed attempt with its error and a delay. */
  requeue(
    id: string,
    epoch: number,
    failed?: { readonly error: JobError; readonly notBefore: number },
  ): Promise<JobRow>;
  /**
   * Cancels an unfinished job, expires one that has a result, and leaves any other unchanged.
   * @param unfinished whether one that has a result is left unchanged, too; default false
   */
  cancel(id: string, unfinished?: boolean): Promise<JobRow | undefined>;
  /**
   * Deletes an ended job with its request. Its files must be deleted before: files of unknown jobs are never deleted.
   * @returns the job as it was; undefined if there is none
   */
  remove(id: string): Promise<JobRow | undefined>;
  /** Expires the results that are due; returns their jobs, whose files are then deleted. */
  expire(): Promise<readonly JobRow[]>;
  /** A batch of jobs that ended before a time and have no result: their files are deleted, then the jobs. */
  endedBefore(before: number): Promise<readonly JobRow[]>;
  /** Unfinished jobs of all processes; called every few seconds: it must be cheap. */
  counts(): Promise<JobCounts>;
  /** Number of queued and of running jobs of each tenant that has some, by the names of the tenants. */
  countsByTenant(): Promise<readonly TenantCounts[]>;
  /** The processes that run jobs; undefined if there is only this one. */
  workers(): Promise<readonly Worker[] | undefined>;
  /** Stored bytes of a tenant. */
  storedBytes(tenant: string): Promise<StoredBytes>;
  /** Whether a queued job of another tenant could run now if there were a free slot. */
  othersWait(tenant: string): Promise<boolean>;
  /** A secret of 32 bytes that all engines over the same jobs share, created at the first call. */
  secret(): Promise<Buffer>;
  /** The UUID of these jobs, the same for all engines over them: it marks what belongs to them. */
  owner(): Promise<string>;
  /**
   * Checks that jobs can be stored.
   * @throws SluiceError as the next write would
   */
  check(): Promise<void>;
  /** When `claim` may return a job without any change, in milliseconds since 1970. */
  nextTurn(): number | undefined;
  /** Closes the engine; its unfinished claims are free for other engines. */
  close(): Promise<void>;
}
