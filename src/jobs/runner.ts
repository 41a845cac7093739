/** Runs attempts of queued jobs concurrently, and handles how they end. */
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_TIMER_MS } from '../options/accept-options.js';
import type { BlobStore } from '../results/blob-store.js';
import type { Source } from '../sources/source.js';
import { untilAborted } from '../sources/until-aborted.js';
import { ERROR_CODES, SluiceError, toSluiceError } from '../terms/errors.js';
import { makeAttempt } from './attempt.js';
import type { AttemptOptions } from './attempt-options.js';
import type { JobRow, WholeRow } from './engine.js';
import { LONGEST_WAIT_MS } from './fair-queue.js';
import { hasResult, isEnded, type JobSummary } from './job.js';
import type { JobRetry } from './jobs-options.js';
import { summaryOf } from './public-job.js';
import { reportActivity } from './reporting-engine.js';
import { boundedError } from './row-bounds.js';
import type { SourceRequest } from './source-for.js';

/** The options of an attempt that depend on the tenant. */
export type AttemptTerms = Pick<AttemptOptions, 'plans' | 'quota' | 'resultTtlMs' | 'store'>;

/** Options of a runner; it makes the remaining options of an attempt itself. */
export interface RunnerOptions
  extends Omit<AttemptOptions, 'signal' | 'stopping' | 'source' | 'onCheckpoint' | keyof AttemptTerms> {
  /** Files of jobs whose attempts have ended. */
  readonly store: BlobStore;
  /** What is decided for the tenant of a job; asked at each attempt. */
  readonly termsOf: (tenant: string) => Promise<AttemptTerms>;
  /** Called at each attempt. */
  readonly source: (asked: SourceRequest) => Source | Promise<Source>;
  /** Maximum concurrent jobs. */
  readonly concurrency: number;
  readonly retry: JobRetry;
}

/** Failures that a retry may avoid. Missing files and denied access are not among them. */
const PASSING: readonly string[] = ['READ_FAILED', 'WRITE_FAILED', 'DISK_FULL', 'SERVICE_FAILED'];

/** Delay after a failed claim, in milliseconds. */
const CLAIM_AGAIN_MS = 1000;

/** Delays between writes to a full disk, each twice the one before. */
const FIRST_ROOM_MS = 250;
const LONGEST_ROOM_MS = 8_000;

/** How long running jobs have at a shutdown to write a checkpoint, in milliseconds. */
const GRACE_MS = 10_000;

/** How long of that a job may make no progress, e.g. with a blocked source, in milliseconds. */
const IDLE_MS = 1_000;

/** A running attempt. */
interface Running {
  readonly tenant: string;
  readonly epoch: number;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  /** An earlier attempt was lost. */
  readonly isSuspect: boolean;
  /** It has written a checkpoint: if it is lost now, its job is not blamed. */
  isProven: boolean;
  /** Whether it waits for its export, and a counter of its progress. */
  waits: boolean;
  moves: number;
}

/** Runs jobs until it is stopped. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #running = new Map<string, Running>();
  readonly #unsubscribe: readonly (() => void)[];
  #claiming: Promise<void> | undefined;
  #again = false;
  #stopping = false;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { engine } = options;
    this.#unsubscribe = [
      engine.events.on('turn', () => this.wake()),
      engine.events.on('change', (row) => this.#abortIfLost(row)),
    ];
    this.wake();
  }

  /** Claims jobs; called when there may be some. */
  wake(): void {
    this.#again = true;
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
      if (this.#again) this.wake();
    });
  }

  /** Aborts the attempt of a cancelled job; resolves once it has released everything. */
  async abort(id: string): Promise<void> {
    // The pending claim may be of this job.
    if (!this.#running.has(id)) await this.#claiming;
    const running = this.#running.get(id);
    running?.abort.abort(new Error('cancelled'));
    await running?.ended;
  }

  /** Claims no more jobs; running ones write a checkpoint and are requeued. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ending.abort();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearTimeout(this.#timer);
    await this.#claiming;
    const running = [...this.#running.values()];
    const shutDown = ({ abort }: Running) => abort.abort(new Error('shutting down'));
    const grace = setTimeout(() => running.forEach(shutDown), GRACE_MS);
    const seen = new Map(running.map((one) => [one, one.moves]));
    const look = setInterval(() => {
      running.filter((one) => one.waits && one.moves === seen.get(one)).forEach(shutDown);
      for (const one of running) seen.set(one, one.moves);
    }, IDLE_MS);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(grace);
    clearInterval(look);
  }

  /** Places beyond those of all; who wants one job at a time gets that. */
  get #spare(): number {
    return this.#options.concurrency > 1 ? 1 : 0;
  }

  async #claim(): Promise<void> {
    const { engine, concurrency, logger } = this.#options;
    this.#again = false;
    try {
      while (!this.#stopping && this.#running.size < concurrency + this.#spare) {
        const unproven = [...this.#running.values()].filter(({ isProven }) => !isProven);
        // A job that may crash the process runs only beside attempts that have written a checkpoint.
        if (unproven.some(({ isSuspect }) => isSuspect)) break;
        // Where all places are taken, one more is for a tenant without any: it need not wait for long jobs of others.
        const isFull = this.#running.size >= concurrency;
        const except = isFull ? [...this.#running.values()].map(({ tenant }) => tenant) : [];
        const row = await engine.claim(unproven.length === 0, except);
        if (!row) break;
        this.#start(row);
      }
      this.#sleep();
    } catch (cause) {
      logger.error({ err: cause }, 'no job could be claimed');
      this.#sleepAtLeast(CLAIM_AGAIN_MS);
    }
  }

  /** Wakes up when a delayed job is due. */
  #sleep(): void {
    const { engine, now } = this.#options;
    clearTimeout(this.#timer);
    const at = this.#stopping ? undefined : engine.nextTurn();
    if (at !== undefined)
      this.#timer = setTimeout(() => this.wake(), Math.min(MAX_TIMER_MS, Math.max(0, at - now()) + 1));
  }

  /** Wakes up later, after the engine has failed. */
  #sleepAtLeast(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopping) this.#timer = setTimeout(() => this.wake(), ms);
  }

  #start(row: WholeRow): void {
    const abort = new AbortController();
    // A superseded attempt may end while its successor runs here: it removes only itself.
    const before = this.#running.get(row.id)?.ended;
    const ended = Promise.allSettled([this.#attempt(row, abort), before]).then(() => {
      if (this.#running.get(row.id)?.epoch === row.epoch) this.#running.delete(row.id);
      reportActivity(this.#options.engine, 'attemptEnded', row);
      if (!this.#stopping) this.wake();
    });
    // It waits for its source first, whose function may never return: a shutdown does not wait long for that.
    const untold = { isProven: false, waits: true, moves: 0 };
    this.#running.set(row.id, {
      tenant: row.tenant,
      epoch: row.epoch,
      abort,
      ended,
      isSuspect: row.lost > 0,
      ...untold,
    });
  }

  #prove({ id, epoch }: JobRow): void {
    const running = this.#running.get(id);
    if (running?.epoch !== epoch || running.isProven) return;
    running.isProven = true;
    if (!this.#stopping) this.wake();
  }

  #noteProgress({ id, epoch }: JobRow, waits: boolean): void {
    const running = this.#running.get(id);
    if (running?.epoch !== epoch) return;
    running.waits = waits;
    running.moves++;
  }

  /** Aborts an attempt that has lost its job: cancelled anywhere, or claimed by a newer attempt. */
  #abortIfLost({ id, state, epoch }: JobSummary): void {
    const running = this.#running.get(id);
    if (!running) return;
    if (state === 'cancelled') running.abort.abort(new Error('cancelled'));
    else if (epoch > running.epoch) running.abort.abort(new Error('superseded'));
  }

  async #attempt(row: WholeRow, abort: AbortController): Promise<void> {
    const { source, termsOf, concurrency, retry: _, ...options } = this.#options;
    const { signal } = abort;
    try {
      const terms = await untilAborted(termsOf(row.tenant), signal);
      const opened = await source({ tenant: row.tenant, job: summaryOf(row), request: row.request, signal });
      await makeAttempt(row, {
        ...options,
        ...terms,
        source: opened,
        signal,
        stopping: () => this.#stopping,
        onCheckpoint: () => this.#prove(row),
        onProgress: (waits) => this.#noteProgress(row, waits),
      });
    } catch (cause) {
      const error = toSluiceError(cause, 'INTERNAL', 'job');
      await this.#settleWithRoom(row, error, abort.signal).catch(async (failure: unknown) => {
        // Another attempt owns the row, or it could not be read or written. Requeue it, or this engine would keep its claim
        // forever; if that fails as well, the next start finds it.
        await options.engine.requeue(row.id, row.epoch).catch(() => {});
        const facts = { job: row.id, epoch: row.epoch, error: toSluiceError(failure, 'INTERNAL', 'job').toJSON() };
        options.logger.warn(facts, 'an attempt ended without effect');
      });
    }
  }

  /** Settles an attempt, waiting for room on the disk; until then its job stays claimed. */
  async #settleWithRoom(row: JobRow, error: SluiceError, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    for (let waitMs = FIRST_ROOM_MS; ; waitMs = Math.min(LONGEST_ROOM_MS, waitMs * 2)) {
      try {
        return await this.#settle(row, error);
      } catch (cause) {
        const isFull = cause instanceof SluiceError && cause.code === 'DISK_FULL';
        if (!isFull || this.#stopping) throw cause;
        if (waitMs === FIRST_ROOM_MS)
          logger.warn({ job: row.id, reason: cause.message }, 'an attempt waits for disk space');
        const until = AbortSignal.any([signal, this.#ending.signal]);
        // A cancelled job tries once more, then waits like the others.
        await pause(waitMs, undefined, { signal: signal.aborted ? this.#ending.signal : until }).catch(() => {});
      }
    }
  }

  /** Writes the outcome of a failed attempt, and deletes the stored files of a job that has failed. */
  async #settle(row: JobRow, error: SluiceError): Promise<void> {
    const { engine, store, now } = this.#options;
    const { retries = 5, minDelayMs = 1000, maxDelayMs = LONGEST_WAIT_MS } = this.#options.retry;
    const { id, tenant, epoch } = row;
    const current = await engine.look(id);
    if (current && isEnded(current.state)) {
      // The job was cancelled: delete what the attempt has stored since.
      if (!hasResult(current.state)) await store.sweep({ tenant, job: id }, new Set());
      return;
    }
    if (error.code === 'SUPERSEDED') throw error;
    if (error.code === 'ABORTED' && this.#stopping) {
      await engine.requeue(id, epoch);
      return;
    }
    const failures = current?.failures ?? 0;
    const described = boundedError(error);
    if (PASSING.includes(error.code) && failures < retries) {
      const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** failures);
      await engine.requeue(id, epoch, { error: described, notBefore: now() + delayMs });
      return;
    }
    if (ERROR_CODES[error.code] === 'internal') {
      this.#options.logger.error({ job: id, err: error }, 'a job failed with an internal error');
    }
    await engine.finish(id, epoch, { state: 'failed', error: described });
    await store.sweep({ tenant, job: id }, new Set());
  }
}
