/** Opening a data directory: the engine, the store and the runner behind the jobs of all tenants. */
import { join } from 'node:path';
import { isS3Address } from '../destinations/s3/s3-address.js';
import { toSource } from '../export/to-source.js';
import type { BlobStore } from '../results/blob-store.js';
import { DirectoryStore } from '../results/directory-store.js';
import { requireStore } from '../results/require-store.js';
import { openS3Store } from '../results/s3-store.js';
import { ERROR_CODES, type ErrorFamily, SluiceError } from '../terms/errors.js';
import { type Logger, SILENT, steadyLogger } from '../terms/logger.js';
import { ActivityFeed, type ActivityListener, tellingEngine } from './activity.js';
import type { SliceLimits } from './attempt-options.js';
import { closedError, closingEngine } from './closing-engine.js';
import type { EngineLimits, JobCounts, JobEngine, JobRow } from './engine.js';
import type { LinkClaim } from './file-link.js';
import type { JobError } from './job.js';
import { tellChange } from './job-channels.js';
import type { JobPlans } from './job-plan.js';
import { acceptJobsOptions, FOLDER_JOBS_OPTIONS, type FolderJobsOptions, type JobsOptions } from './jobs-options.js';
import { openEmbeddedEngine, RESULTS } from './open-embedded-engine.js';
import { checkKey, MOST_ROW_BYTES } from './row-bounds.js';
import { Runner } from './runner.js';
import { type JobsParts, jobsForLink, StoredJobs } from './stored-jobs.js';
import { sweepOver, sweepStore } from './sweep.js';
import type { TenantJobs } from './tenant-jobs.js';

/** The jobs of all tenants. Once they are closed, everything that is asked of them fails with `CLOSED`. */
export interface Jobs {
  /**
   * The jobs of one tenant.
   * @throws SluiceError `INVALID` for a name that could not be kept
   */
  forTenant(tenant: string): TenantJobs;
  /**
   * The jobs of the tenant whose link this is: for the one file that it names.
   * @throws SluiceError (rejects) `NO_SUCH_FILE`, whatever is wrong with the link
   */
  forLink(claim: LinkClaim): Promise<TenantJobs>;
  /** How many jobs of all tenants wait and run, whichever process runs them. */
  counts(): Promise<JobCounts>;
  /** Calls back after all that this process does with jobs, until the function it answers is called. */
  onActivity(listener: ActivityListener): () => void;
  /**
   * Sees whether jobs and results can be kept: whether their places are still there, answer and have room.
   * @throws SluiceError (rejects) `DATA_DIR_DAMAGED`, `DISK_FULL`, `RESULTS_UNAVAILABLE`, `NOT_OWNED`,
   * `SERVICE_FAILED`, `CLOSED`
   */
  check(): Promise<void>;
  /**
   * Deletes what has expired, and what jobs have left behind; done by itself, the first once a minute, the other at the
   * start and once an hour.
   */
  sweep(): Promise<void>;
  /** Stops: takes no more jobs, lets running ones come to a checkpoint and hands them back, and gives the folder up. */
  close(): Promise<void>;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const SWEEP_INTERVAL_MS = 60_000;

/** Each so many sweeps the whole store is gone through, of which each request may be paid for. */
const SEARCH_EVERY = 60;
const SLICE: SliceLimits = { bytes: 64 * 1024 * 1024, durationMs: 30_000 };

/**
 * Opens the jobs in a folder, and goes on with those that were running when its last process ended.
 * @throws SluiceError `DATA_DIR_IN_USE`, `NOT_OWNED` for a folder that holds what sluice did not make or what belongs to
 * other jobs, `DATA_DIR_DAMAGED`, `MISSING_PEER` (lmdb), `PERMISSION_DENIED`, `INVALID` for options that cannot be
 * @example
 * const jobs = await openJobs({ dataDir: '.sluice', source: 'catalog.ndjson' });
 * const { job } = await jobs.forTenant('acme').submit({ request: { types: ['product'] } });
 */
export async function openJobs(options: FolderJobsOptions): Promise<Jobs> {
  const { dataDir, now = Date.now, logger = SILENT } = options ?? {};
  const plans = acceptJobsOptions(options, FOLDER_JOBS_OPTIONS);
  if (dataDir === undefined) throw new SluiceError('INVALID', 'accept', 'dataDir: is required', { path: 'dataDir' });
  const engine = await openEmbeddedEngine(dataDir, engineLimits(options), now, logger);
  try {
    const store = await openStore(options.results ?? join(dataDir, RESULTS), engine, logger);
    return new OpenJobs(engine, store, plans, options);
  } catch (cause) {
    await engine.close();
    throw cause;
  }
}

/**
 * The store that the results of an engine's jobs lie in, and of no other's; a folder is made when it is not there, a
 * bucket is not.
 * @throws SluiceError `NOT_OWNED`, before anything in it was touched
 */
export async function openStore(
  results: string | BlobStore,
  engine: Pick<JobEngine, 'owner'>,
  logger: Logger = SILENT,
): Promise<BlobStore> {
  const store = await storeOf(results, logger);
  const takenOver = (await store.own?.(await engine.owner())) ?? 0;
  if (takenOver > 0) {
    const place = typeof results === 'string' ? { results } : {};
    logger.warn({ ...place, jobs: takenOver }, 'results of an earlier version bear the mark of these jobs from now on');
  }
  return store;
}

async function storeOf(results: string | BlobStore, logger: Logger): Promise<BlobStore> {
  if (typeof results !== 'string') return results;
  return isS3Address(results) ? openS3Store(results) : new DirectoryStore(results, logger);
}

/** The limits that an engine keeps. */
export function engineLimits({
  limits = {},
  maxAttempts: attempts,
}: Pick<JobsOptions, 'limits' | 'maxAttempts'>): EngineLimits {
  return { running: limits.running ?? 4, queued: limits.queued ?? 1000, maxAttempts: attempts };
}

/** The parts at work. */
export class OpenJobs implements Jobs {
  readonly #engine: JobEngine;
  readonly #store: BlobStore;
  /** Absent where this process runs no jobs. */
  readonly #runner: Runner | undefined;
  readonly #parts: JobsParts;
  readonly #options: JobsOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #activity: ActivityFeed;
  readonly #closed = new AbortController();
  #sweeping: Promise<void>;
  /** Jobs that the store has results of, and nobody knows. */
  #unknown = 0;
  #closing: Promise<void> | undefined;

  constructor(silent: JobEngine, store: BlobStore, plans: JobPlans, given: JobsOptions) {
    const logger = steadyLogger(given.logger ?? SILENT);
    const options = { ...given, logger };
    this.#activity = new ActivityFeed((cause) => logger.error({ err: cause }, 'a listener of activities has failed'));
    const engine = tellingEngine(closingEngine(silent), this.#activity);
    const { source, limits = {}, now = Date.now, slice, onFaultPoint = () => {} } = options;
    this.#engine = engine;
    this.#store = store;
    this.#options = options;
    engine.onChange(
      eachState((row) => {
        logState(row, logger);
        tellChange(row);
        // No attempt is left that would clear up behind itself.
        if (row.error?.code === 'ATTEMPTS_EXHAUSTED') this.#clear(row);
      }),
    );
    const quotaBytes = limits.bytes ?? Number.POSITIVE_INFINITY;
    const { concurrency = 4 } = options;
    if (concurrency > 0) {
      this.#runner = new Runner({
        ...{ engine, store, plans, now, logger, concurrency, hit: onFaultPoint },
        source: () => toSource(typeof source === 'function' ? source() : source),
        slice: { ...SLICE, ...slice },
        quota: { records: limits.records ?? Number.POSITIVE_INFINITY, bytes: quotaBytes },
        resultTtlMs: options.resultTtlMs ?? DAY_MS,
        retry: options.retry ?? {},
        onLeave: (row) => this.#activity.tell('attemptEnded', row),
      });
    }
    const closing = () => this.#closing !== undefined;
    const abort = async (id: string) => this.#runner?.abort(id);
    this.#parts = {
      ...{ engine, store, plans, quotaBytes, now, logger, closing, abort },
      rowBytes: limits.rowBytes ?? MOST_ROW_BYTES,
      linkTtlMs: options.linkTtlMs ?? HOUR_MS,
      closed: this.#closed.signal,
    };
    this.#sweeping = this.sweep();
    let turn = 0;
    this.#timer = setInterval(() => {
      this.#sweeping = this.sweep({ expiredOnly: ++turn % SEARCH_EVERY !== 0 });
    }, SWEEP_INTERVAL_MS).unref();
  }

  forTenant(tenant: string): TenantJobs {
    checkKey(tenant, 'the name of a tenant');
    return new StoredJobs(tenant, this.#parts);
  }

  async forLink(claim: LinkClaim): Promise<TenantJobs> {
    this.#checkOpen();
    return jobsForLink(claim, this.#parts);
  }

  counts(): Promise<JobCounts> {
    return this.#engine.counts();
  }

  onActivity(listener: ActivityListener): () => void {
    this.#checkOpen();
    return this.#activity.on(listener);
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw closedError();
  }

  async check(): Promise<void> {
    this.#checkOpen();
    await this.#engine.check();
    await requireStore(this.#store);
  }

  async sweep({ expiredOnly = false } = {}): Promise<void> {
    this.#checkOpen();
    const { now = Date.now, jobTtlMs = 7 * DAY_MS, logger = SILENT } = this.#options;
    const sweeper = { engine: this.#engine, store: this.#store, logger };
    try {
      await sweepOver(sweeper, now() - jobTtlMs);
      if (expiredOnly) return;
      const unknown = await sweepStore(sweeper);
      if (unknown !== this.#unknown && unknown > 0) {
        logger.warn({ jobs: unknown }, 'results of jobs that are not known are kept; what nobody needs may be deleted');
      }
      this.#unknown = unknown;
    } catch (cause) {
      logger.error({ err: cause }, 'what has expired could not be deleted');
    }
  }

  #clear({ tenant, id }: JobRow): void {
    const { logger = SILENT } = this.#options;
    this.#store.sweep({ tenant, job: id }, new Set()).catch((cause: unknown) => {
      logger.error({ job: id, err: cause }, 'what a job has stored could not be deleted');
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#runner?.stop();
    await this.#sweeping;
    this.#closed.abort();
    await this.#engine.close();
  }
}

/** Of all changes those of the state, and new attempts. */
function eachState(listener: (row: JobRow) => void): (row: JobRow) => void {
  const known = new Map<string, string>();
  return (row) => {
    const { id, state, epoch } = row;
    const now = `${state} ${epoch}`;
    if (known.get(id) === now) return;
    if (state === 'queued' || state === 'running') known.set(id, now);
    else known.delete(id);
    listener(row);
  };
}

/** One line a change of state. */
function logState({ id, tenant, state, epoch, error }: JobRow, logger: Logger): void {
  const facts = { job: id, tenant, state, epoch, ...(error ? whyOf(error) : {}) };
  // A job that waits with an error is tried again, which somebody who watches warnings wants to know.
  logger[state === 'failed' || (state === 'queued' && error) ? 'warn' : 'info'](facts, `job ${state}`);
}

/** Failures of the system in full, since nobody else is told of them; of faults in the input the code, for they quote it. */
function whyOf({ code, message }: JobError): object {
  const families: Readonly<Partial<Record<string, ErrorFamily>>> = ERROR_CODES;
  return families[code] === 'io' || families[code] === 'unavailable' ? { code, reason: message } : { code };
}
