/** Who keeps jobs and says whose turn it is: the port, one engine behind it per place where jobs can be kept. */
import type { Job, JobError, JobProgress, JobState, ResultFile } from './job.js';

/** Bytes that one slice made, in the store. */
export interface Part {
  /** Name in the store; it bears the epoch. */
  readonly name: string;
  readonly bytes: number;
}

/** A file of a result, and the parts it is made of. */
export interface StoredFile extends ResultFile {
  readonly parts: readonly Part[];
}

/** How far the parts of a file were put together to one blob; plain JSON. */
export interface JoinStanding {
  /** Name of the blob it becomes. */
  readonly name: string;
  /** Bytes of the parts, one behind the other, that are in it. */
  readonly bytes: number;
  /** What the store calls what was begun. */
  readonly upload: string;
  /** What the store calls its pieces, in their order. */
  readonly pieces: readonly string[];
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

/** A job as its engine keeps it: no payload beyond the request and the receipt. */
export interface JobRow extends Job {
  readonly files: readonly StoredFile[];
  readonly checkpoint?: JobCheckpoint;
  readonly idempotencyKey?: string;
  /** A queued job is not tried before, in milliseconds since 1970. */
  readonly notBefore?: number;
}

/** A job that is new. */
export interface NewJob {
  readonly id: string;
  readonly tenant: string;
  readonly request: unknown;
  readonly idempotencyKey?: string;
}

/** How many jobs of one tenant an engine takes. */
export interface EngineLimits {
  readonly running: number;
  readonly queued: number;
}

/** Jobs that are not over, of all tenants. */
export interface JobCounts {
  readonly queued: number;
  readonly running: number;
}

/** How a job ends by itself. */
export interface Outcome {
  readonly state: Extract<JobState, 'completed' | 'completedWithNoRecords' | 'completedWithErrors' | 'failed'>;
  readonly progress?: JobProgress;
  readonly receipt?: Job['receipt'];
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
  submit(job: NewJob): Promise<{ readonly row: JobRow; readonly created: boolean }>;
  get(id: string): Promise<JobRow | undefined>;
  /** Jobs of a tenant, the newest first, behind the one called `after`. */
  list(tenant: string, limit: number, after?: string): Promise<readonly JobRow[]>;
  /** Makes an attempt of the queued job whose turn it is: running, under a new epoch. Fair to all tenants. */
  claim(): Promise<JobRow | undefined>;
  checkpoint(id: string, epoch: number, checkpoint: JobCheckpoint, progress: JobProgress): Promise<JobRow>;
  progress(id: string, epoch: number, progress: JobProgress): Promise<JobRow>;
  finish(id: string, epoch: number, outcome: Outcome): Promise<JobRow>;
  /** Queued again, its checkpoint kept; behind a failed try with its error, and not before some time. */
  handBack(
    id: string,
    epoch: number,
    failed?: { readonly error: JobError; readonly notBefore: number },
  ): Promise<JobRow>;
  /** Ends a job that is not over, expires one that has a result, leaves any other. */
  cancel(id: string): Promise<JobRow | undefined>;
  /** Expires the results whose time is over, and forgets jobs that ended before `forget`; answers whose files go. */
  expire(forget: number): Promise<readonly JobRow[]>;
  /** How many jobs are not over, wherever they run; asked every few seconds, so that it must be cheap. */
  counts(): Promise<JobCounts>;
  /** Bytes of all results of a tenant. */
  storedBytes(tenant: string): Promise<number>;
  /** Whether a job of another tenant waits that could run now if a place were free. */
  othersWait(tenant: string): Promise<boolean>;
  /** A secret of 32 bytes that all engines over the same jobs share, made when it is first asked for. */
  secret(): Promise<Buffer>;
  /** When `claim` may have something next though nothing changes, in milliseconds since 1970. */
  nextTurn(): number | undefined;
  /** Calls back when `claim` may have something, until the function it answers is called. For those who run jobs. */
  onTurn(listener: () => void): () => void;
  /** Calls back after every change, also one that another engine made, until the function it answers is called. */
  onChange(listener: (row: JobRow) => void): () => void;
  /** Closes the engine; attempts it has claimed and that have not ended are anybody's then. */
  close(): Promise<void>;
}
