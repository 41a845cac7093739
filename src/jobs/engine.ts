/** Who keeps jobs and says whose turn it is: the port, one engine behind it per place where jobs can be kept. */
import type { JoinStanding, Part } from '../results/blob-store.js';
import type { JobError, JobProgress, JobState, JobSummary, ResultFile } from './job.js';

/** A file of a result, and the parts it is made of. */
export interface StoredFile extends ResultFile {
  readonly parts: readonly Part[];
}

/** What the next attempt goes on from; the bulk of it lies in the store. */
export interface JobCheckpoint {
  /** What the export itself must know. */
  readonly state: Part;
  readonly parts: readonly Part[];
  /** Parts of the file of rejected records. */
  readonly rejects: readonly Part[];
  /** How far the parts were joined, where the store does that. */
  readonly joined?: JoinStanding;
}

/** A job as its engine keeps it, but the request: no payload beyond the receipt. */
export interface JobRow extends JobSummary {
  readonly files: readonly StoredFile[];
  readonly checkpoint?: JobCheckpoint;
  readonly idempotencyKey?: string;
  /** A queued job is not tried before, in milliseconds since 1970. */
  readonly notBefore?: number;
  /** Attempts that have died since the last checkpoint: neither ended nor handed back, as with their process. */
  readonly lost: number;
}

/** A row with its request, which only those read who need it: it may be larger than all the rest. */
export interface WholeRow extends JobRow {
  readonly request: unknown;
}

/** Bytes of rows in one page of a list: read, made and told within a few milliseconds. */
export const MOST_PAGE_BYTES = 1024 * 1024;

/** Some rows, and whether there are more. */
export interface RowPage {
  readonly rows: readonly JobRow[];
  readonly more: boolean;
}

/** Bytes that a tenant takes. */
export interface StoredBytes {
  /** Of results, and of the parts of unfinished ones. */
  readonly results: number;
  /** Of rows, with their requests. */
  readonly rows: number;
}

/** A job that is new. */
export interface NewJob {
  readonly id: string;
  readonly tenant: string;
  /** As JSON makes it, and bounded. */
  readonly request: unknown;
  readonly idempotencyKey?: string;
}

/** How many jobs of one tenant an engine takes. */
export interface EngineLimits {
  readonly running: number;
  readonly queued: number;
  /** Attempts at a job that may be lost one after the other before it fails. */
  readonly maxAttempts?: number;
}

/** Jobs that are not over, of all tenants. */
export interface JobCounts {
  readonly queued: number;
  readonly running: number;
  /** Jobs whose rows this process could not read; they are passed over, and kept. Absent: none. */
  readonly setAside?: number;
}

/** How a job ends by itself. */
export interface Outcome {
  readonly state: Extract<JobState, 'completed' | 'completedWithNoRecords' | 'completedWithErrors' | 'failed'>;
  readonly progress?: JobProgress;
  readonly receipt?: JobSummary['receipt'];
  readonly files?: readonly StoredFile[];
  readonly error?: JobError;
  readonly expiresAt?: number;
}

/**
 * Keeps the rows, for one process or for many. What it has answered is durable. Of engines over the same jobs each
 * knows what the others do: a claim is one engine's alone, limits count for all together, changes are told to all. An
 * engine keeps what it has claimed until the attempt ends or its process dies, which others notice by themselves. The methods with an epoch are the writes of an attempt: they reject
 * with `SUPERSEDED`, and change nothing, unless the job is running and the epoch is its newest.
 */
export interface JobEngine {
  /**
   * Adds a job, or answers the one that came under the same idempotency key.
   * @throws SluiceError `IDEMPOTENCY_MISMATCH`, `TOO_MANY_REQUESTS`
   */
  submit(job: NewJob): Promise<{ readonly row: WholeRow; readonly created: boolean }>;
  /** @throws SluiceError `INTERNAL` where the row is there and cannot be read; so does `look` */
  get(id: string): Promise<WholeRow | undefined>;
  /** A row without its request. */
  look(id: string): Promise<JobRow | undefined>;
  /**
   * Jobs of a tenant, the newest first, behind the one called `after`: fewer than the limit where they take much room.
   * A row that cannot be read is passed over.
   */
  list(tenant: string, limit: number, after?: string): Promise<RowPage>;
  /**
   * Makes an attempt of the queued job whose turn it is: running, under a new epoch. Fair to all tenants. A job of which
   * an attempt was lost may have killed its process, and others must not be blamed for that: it runs with none beside
   * it that has not shown progress. Where it is such a job's turn, nothing is claimed by whoever cannot run it.
   * @param alone whether such a job could run here; default true
   */
  claim(alone?: boolean): Promise<WholeRow | undefined>;
  checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow>;
  progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow>;
  finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow>;
  /** Queued again, its checkpoint kept; behind a failed try with its error, and not before some time. */
  requeue(
    id: string,
    epoch: number,
    failed?: { readonly error: JobError; readonly notBefore: number },
  ): Promise<JobRow>;
  /** Ends a job that is not over, expires one that has a result, leaves any other. */
  cancel(id: string): Promise<JobRow | undefined>;
  /**
   * Deletes a job that is over, with its request. Its files must be gone: what is stored of a job that is not known is
   * never deleted.
   * @returns the job as it was; undefined where there is none
   */
  remove(id: string): Promise<JobRow | undefined>;
  /** Expires the results whose time is over; answers these jobs, whose files go. */
  expire(): Promise<readonly JobRow[]>;
  /** Jobs that ended before a time and have no result any more, some at a time: their files go, then they are removed. */
  over(before: number): Promise<readonly JobRow[]>;
  /** How many jobs are not over, wherever they run; asked every few seconds, so that it must be cheap. */
  counts(): Promise<JobCounts>;
  /** What a tenant takes. */
  storedBytes(tenant: string): Promise<StoredBytes>;
  /** Whether a job of another tenant waits that could run now if a place were free. */
  othersWait(tenant: string): Promise<boolean>;
  /** A secret of 32 bytes that all engines over the same jobs share, made when it is first asked for. */
  secret(): Promise<Buffer>;
  /** The id of these jobs, the same to all engines over them: the mark of what is theirs. A UUID. */
  owner(): Promise<string>;
  /**
   * Sees whether jobs can be kept.
   * @throws SluiceError as the next change would
   */
  check(): Promise<void>;
  /** When `claim` may have something next though nothing changes, in milliseconds since 1970. */
  nextTurn(): number | undefined;
  /** Calls back when `claim` may have something, until the function it answers is called. For those who run jobs. */
  onTurn(listener: () => void): () => void;
  /** Calls back after every change, also one that another engine made, until the function it answers is called. */
  onChange(listener: (row: JobRow) => void): () => void;
  /** Closes the engine; attempts it has claimed and that have not ended are anybody's then. */
  close(): Promise<void>;
}
