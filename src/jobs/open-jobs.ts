/** Opens a data directory: the engine, the store and the runner behind the jobs of all tenants. */
import { join } from 'node:path';
import type { BlobStore } from '../results/blob-store.js';
import { requireStore } from '../results/require-store.js';
import { ERROR_CODES, type ErrorFamily, SluiceError } from '../terms/errors.js';
import { type Logger, SILENT, steadyLogger } from '../terms/logger.js';
import { Courier } from '../webhooks/courier.js';
import { secretOfTenant } from '../webhooks/signature.js';
import type { SliceLimits } from './attempt-options.js';
import { closedError, closingEngine } from './closing-engine.js';
import type { JobCounts, JobEngine, JobRow, TenantCounts, Worker } from './engine.js';
import type { FaultHook } from './fault-points.js';
import type { LinkClaim } from './file-link.js';
import { isEnded, type JobError, type JobSummary } from './job.js';
import { publishChange } from './job-channels.js';
import type { ActivityListener } from './job-events.js';
import type { JobPlans } from './job-plan.js';
import { jobsForLink } from './jobs-for-link.js';
import {
  acceptJobsOptions,
  engineLimits,
  FOLDER_JOBS_OPTIONS,
  type FolderJobsOptions,
  type JobsOptions,
  TERMS_CHECKS,
} from './jobs-options.js';
import type { JobsParts } from './jobs-parts.js';
import { openEmbeddedEngine, RESULTS } from './open-embedded-engine.js';
import { openStores } from './open-stores.js';
import { reportingEngine } from './reporting-engine.js';
import { checkKey } from './row-bounds.js';
import { type AttemptTerms, Runner } from './runner.js';
import { Scheduler } from './scheduler.js';
import { SmallResults } from './small-results.js';
import { openSource } from './source-for.js';
import { StoredJobs } from './stored-jobs.js';
import { sweepEnded, sweepStore } from './sweep.js';
import type { TenantJobs } from './tenant-jobs.js';
import { TenantStores } from './tenant-stores.js';
import { type TenantTerms, tenantTerms } from './tenant-terms.js';

/** The jobs of all tenants. After `close`, every call fails with `CLOSED`. */
export interface Jobs {
  /**
   * The jobs of one tenant.
   * @throws SluiceError `INVALID` for a name that cannot be stored
   */
  forTenant(tenant: string): TenantJobs;
  /**
   * The jobs of the tenant that made a link, for the one file it names.
   * @throws SluiceError (rejects) `NO_SUCH_FILE` for any invalid link
   */
  forLink(claim: LinkClaim): Promise<TenantJobs>;
  /** Number of queued and of running jobs, of all tenants and processes. */
  counts(): Promise<JobCounts>;
  /** Number of queued and of running jobs of each tenant that has some, in all processes, by the names of the tenants. */
  countsByTenant(): Promise<readonly TenantCounts[]>;
  /** The processes that run jobs of these, and the leases of what they run; undefined for jobs in a folder. */
  workers(): Promise<readonly Worker[] | undefined>;
  /** Subscribes to what this process does with jobs; returns the function that unsubscribes. */
  onActivity(listener: ActivityListener): () => void;
  /**
   * Checks that jobs and results can be stored: that their storage exists, responds and has room.
   * @throws SluiceError (rejects) `DATA_DIR_DAMAGED`, `DISK_FULL`, `RESULTS_UNAVAILABLE`, `NOT_OWNED`,
   * `SERVICE_FAILED`, `CLOSED`
   */
  check(): Promise<void>;
  /**
   * Deletes expired results and ended jobs, and files that jobs have left. Runs automatically: the first once a minute, the
   * second at the start and once an hour.
   */
  sweep(): Promise<void>;
  /** Stops: accepts no more jobs, lets running ones write a checkpoint, requeues them, and releases the folder. */
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SWEEP_INTERVAL_MS = 60_000;

/** Every so many sweeps the whole store is listed, which may cost money per request. */
const SEARCH_EVERY = 60;
const SLICE: SliceLimits = { bytes: 64 * 1024 * 1024, durationMs: 30_000 };

/**
 * Opens the jobs in a folder, and resumes those that were running when its last process ended.
 * @throws SluiceError `DATA_DIR_IN_USE`, `NOT_OWNED` for a folder with foreign files or of other jobs,
 * `DATA_DIR_DAMAGED`, `MISSING_PEER` (lmdb), `PERMISSION_DENIED`, `INVALID` for invalid options
 * @example
 * const jobs = await openJobs({ dataDir: '.sluice', source: 'catalog.ndjson' });
 * const { job } = await jobs.forTenant('acme').submit({ request: { types: ['product'] } });
 */
export function openJobs(options: FolderJobsOptions): Promise<Jobs> {
  return openFolderJobs(options);
}

/**
 * Opens jobs as `openJobs` does.
 * @param hit called at each fault point of each attempt; for tests only
 */
export async function openFolderJobs(options: FolderJobsOptions, hit?: FaultHook): Promise<Jobs> {
  const plans = acceptJobsOptions(options, FOLDER_JOBS_OPTIONS);
  const { dataDir, now = Date.now } = options;
  const logger = steadyLogger(options.logger ?? SILENT);
  if (dataDir === undefined) throw new SluiceError('INVALID', 'accept', 'dataDir: is required', { path: 'dataDir' });
  const engine = await openEmbeddedEngine(dataDir, engineLimits(options), now, logger);
  try {
    const hasPlace = options.results !== undefined;
    const store = await openStores(options.results ?? join(dataDir, RESULTS), engine, logger, !hasPlace);
    // Where results have a place of their own, all are there.
    return new OpenJobs(engine, hasPlace ? store : new SmallResults(engine.results, store), plans, options, hit);
  } catch (cause) {
    await engine.close();
    throw cause;
  }
}

/** The engine, the store and the runner at work. */
export class OpenJobs implements Jobs {
  readonly #engine: JobEngine;
  readonly #store: BlobStore;
  /** Absent if this process runs no jobs. */
  readonly #runner: Runner | undefined;
  readonly #parts: JobsParts;
  readonly #courier: Courier;
  readonly #scheduler: Scheduler;
  readonly #options: JobsOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #closed = new AbortController();
  #sweeping: Promise<void>;
  /** Number of unknown jobs with results in the store. */
  #unknown = 0;
  #closing: Promise<void> | undefined;

  constructor(given: JobEngine, store: BlobStore, plans: JobPlans, accepted: JobsOptions, hit: FaultHook = () => {}) {
    const logger = steadyLogger(accepted.logger ?? SILENT);
    const options = { ...accepted, logger };
    const engine = reportingEngine(closingEngine(given));
    const { source, plan = {}, now = Date.now, slice } = options;
    this.#engine = engine;
    this.#store = store;
    this.#options = options;
    engine.events.on(
      'change',
      eachState((row) => {
        logState(row, logger);
        publishChange(row);
        if (row.webhooks && isEnded(row.state)) this.#courier.wake();
        // There is no attempt that would delete its files.
        if (row.error?.code === 'ATTEMPTS_EXHAUSTED') this.#clear(row);
      }),
    );
    const termsOf = tenantTerms({
      options,
      checks: TERMS_CHECKS,
      plans,
      now,
      storeOf: async (tenant) => (store instanceof TenantStores ? store.of(tenant) : store),
    });
    const { concurrency = 4 } = options;
    if (concurrency > 0) {
      this.#runner = new Runner({
        engine,
        store,
        now,
        logger,
        concurrency,
        hit,
        termsOf: async (tenant) => attemptTerms(await termsOf(tenant)),
        source: (asked) => openSource(source, asked),
        slice: { bytes: slice?.bytes ?? SLICE.bytes, durationMs: slice?.durationMs ?? SLICE.durationMs },
        retry: options.retry ?? {},
      });
    }
    const webhooks = options.webhooks ?? {};
    const secretOf = async (tenant: string) => secretOfTenant(await engine.secret(), tenant);
    this.#courier = new Courier({ store: engine.deliveries, options: webhooks, secretOf, now, logger });
    this.#courier.start();
    const closing = () => this.#closing !== undefined;
    const abort = async (id: string) => this.#runner?.abort(id);
    this.#parts = {
      engine,
      store,
      termsOf,
      now,
      logger,
      closing,
      abort,
      source,
      webhooks,
      wakeCourier: () => this.#courier.wake(),
      wakeScheduler: () => this.#scheduler.wake(),
      planOptions: typeof plan === 'function' ? undefined : plan,
      closed: this.#closed.signal,
      inspecting: new Map(),
    };
    this.#scheduler = new Scheduler(this.#parts);
    this.#scheduler.start();
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

  countsByTenant(): Promise<readonly TenantCounts[]> {
    return this.#engine.countsByTenant();
  }

  workers(): Promise<readonly Worker[] | undefined> {
    return this.#engine.workers();
  }

  onActivity(listener: ActivityListener): () => void {
    this.#checkOpen();
    return this.#engine.events.on('activity', listener);
  }

  #checkOpen(): void {
    if (this.#closed.signal.aborted) throw closedError();
  }

  async check(): Promise<void> {
    this.#checkOpen();
    // At once: in a busy process each step waits for a turn of the event loop.
    await Promise.all([this.#engine.check(), requireStore(this.#store)]);
  }

  async sweep({ expiredOnly = false } = {}): Promise<void> {
    this.#checkOpen();
    const { now = Date.now, jobTtlMs = 7 * DAY_MS, logger = SILENT } = this.#options;
    const sweeper = { engine: this.#engine, store: this.#store, logger };
    try {
      await sweepEnded(sweeper, now() - jobTtlMs);
      await this.#engine.deliveries.forget(now() - jobTtlMs);
      if (expiredOnly) return;
      const unknown = await sweepStore(sweeper);
      if (unknown !== this.#unknown && unknown > 0) {
        logger.warn({ jobs: unknown }, 'results of unknown jobs are kept; delete them if they are not needed');
      }
      this.#unknown = unknown;
    } catch (cause) {
      logger.error({ err: cause }, 'expired results and jobs could not be deleted');
    }
  }

  #clear({ tenant, id }: JobSummary): void {
    const { logger = SILENT } = this.#options;
    this.#store.sweep({ tenant, job: id }, new Set()).catch((cause: unknown) => {
      logger.error({ job: id, err: cause }, 'the stored files of a job could not be deleted');
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#scheduler.close();
    await this.#runner?.stop();
    await this.#courier.close();
    await this.#sweeping;
    this.#closed.abort();
    await this.#engine.close();
  }
}

/** What an attempt needs to know of the terms. */
function attemptTerms({ plans, limits, resultTtlMs, store }: TenantTerms): AttemptTerms {
  return { plans, quota: { records: limits.records, bytes: limits.bytes }, resultTtlMs, store };
}

/** Filters changes of the state and new attempts. */
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

/** Logs one line per change of state. */
function logState({ id, tenant, state, epoch, error }: JobSummary, logger: Logger): void {
  const facts = { job: id, tenant, state, epoch, ...(error && whyOf(error)) };
  // A queued job with an error is a retry, which deserves a warning.
  logger[state === 'failed' || (state === 'queued' && error) ? 'warn' : 'info'](facts, `job ${state}`);
}

/** System errors are logged in full, since clients do not see them; faults of the input by code only, since they quote it. */
function whyOf({ code, message }: JobError): object {
  const families: Readonly<Partial<Record<string, ErrorFamily>>> = ERROR_CODES;
  return families[code] === 'io' || families[code] === 'unavailable' ? { code, reason: message } : { code };
}
