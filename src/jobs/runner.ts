/** Makes attempts of queued jobs, several at a time, and deals with how they end. */
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_TIMER_MS } from '../options/accept-options.js';
import type { Source } from '../sources/source.js';
import { ERROR_CODES, SluiceError, toSluiceError } from '../terms/errors.js';
import { makeAttempt } from './attempt.js';
import type { AttemptOptions } from './attempt-options.js';
import type { JobRow, WholeRow } from './engine.js';
import { LONGEST_WAIT_MS } from './fair-queue.js';
import { hasResult, isEnded } from './job.js';
import type { JobRetry } from './jobs-options.js';
import { boundedError } from './row-bounds.js';

/** What a runner is made of; the rest of an attempt's options it makes itself. */
export interface RunnerOptions extends Omit<AttemptOptions, 'signal' | 'stopping' | 'source' | 'onCheckpoint'> {
  /** Asked at each attempt. */
  readonly source: () => Source;
  /** Jobs that run at the same time. */
  readonly concurrency: number;
  readonly retry: JobRetry;
  /** Called when an attempt is over, whatever became of it, with the row as it was when it began. */
  readonly onLeave: (row: JobRow) => void;
}

/** Failures that a later try may not meet. A missing file or a refused access is no accident. */
const PASSING: readonly string[] = ['READ_FAILED', 'WRITE_FAILED', 'DISK_FULL', 'SERVICE_FAILED'];

/** Between two looks at an engine that could not be asked, in milliseconds. */
const CLAIM_AGAIN_MS = 1000;

/** Waits before an attempt looks again whether there is room for what it came to, each twice the one before. */
const FIRST_ROOM_MS = 250;
const LONGEST_ROOM_MS = 8_000;

/** How long running jobs have, at a shutdown, to come to a checkpoint, in milliseconds. */
const GRACE_MS = 10_000;

/** How long of that one may make no progress, such as one whose source is stuck, in milliseconds. */
const IDLE_MS = 1_000;

/** A running attempt. */
interface Running {
  readonly epoch: number;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  /** An attempt before it was lost. */
  readonly isSuspect: boolean;
  /** It has come to a checkpoint: should it be lost, that is not held against its job. */
  isProven: boolean;
  /** Whether it waits for what its export gives, and how often it has moved. */
  waits: boolean;
  moves: number;
}

/** Runs until it is stopped. */
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
    this.#unsubscribe = [engine.onTurn(() => this.wake()), engine.onChange((row) => this.#leave(row))];
    this.wake();
  }

  /** Something may be there to run. */
  wake(): void {
    this.#again = true;
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
      if (this.#again) this.wake();
    });
  }

  /** Ends the attempt of a job that was cancelled; resolves once it has let go of everything. */
  async abort(id: string): Promise<void> {
    // A claim that is under way may be of this very job.
    if (!this.#running.has(id)) await this.#claiming;
    const running = this.#running.get(id);
    running?.abort.abort(new Error('cancelled'));
    await running?.ended;
  }

  /** Takes no more jobs; running ones come to a checkpoint and are handed back. */
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

  async #claim(): Promise<void> {
    const { engine, concurrency, logger } = this.#options;
    this.#again = false;
    try {
      while (!this.#stopping && this.#running.size < concurrency) {
        const unproven = [...this.#running.values()].filter(({ isProven }) => !isProven);
        // Beside a job that may kill the process none is begun that would be blamed for it.
        if (unproven.some(({ isSuspect }) => isSuspect)) break;
        const row = await engine.claim(unproven.length === 0);
        if (!row) break;
        this.#start(row);
      }
      this.#sleep();
    } catch (cause) {
      logger.error({ err: cause }, 'no job could be taken from the queue');
      this.#sleepAtLeast(CLAIM_AGAIN_MS);
    }
  }

  /** Looks again when a job that waits for its next try may run. */
  #sleep(): void {
    const { engine, now } = this.#options;
    clearTimeout(this.#timer);
    const at = this.#stopping ? undefined : engine.nextTurn();
    if (at !== undefined)
      this.#timer = setTimeout(() => this.wake(), Math.min(MAX_TIMER_MS, Math.max(0, at - now()) + 1));
  }

  /** Looks again later, whatever the engine tells: it could not even be asked. */
  #sleepAtLeast(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopping) this.#timer = setTimeout(() => this.wake(), ms);
  }

  #start(row: WholeRow): void {
    const abort = new AbortController();
    // An attempt that has lost its job may end when the next one runs here already: it takes only itself away.
    const before = this.#running.get(row.id)?.ended;
    const ended = Promise.allSettled([this.#attempt(row, abort), before]).then(() => {
      if (this.#running.get(row.id)?.epoch === row.epoch) this.#running.delete(row.id);
      this.#options.onLeave(row);
      if (!this.#stopping) this.wake();
    });
    const untold = { isProven: false, waits: false, moves: 0 };
    this.#running.set(row.id, { epoch: row.epoch, abort, ended, isSuspect: row.lost > 0, ...untold });
  }

  #prove({ id, epoch }: JobRow): void {
    const running = this.#running.get(id);
    if (running?.epoch !== epoch || running.isProven) return;
    running.isProven = true;
    if (!this.#stopping) this.wake();
  }

  #move({ id, epoch }: JobRow, waits: boolean): void {
    const running = this.#running.get(id);
    if (running?.epoch !== epoch) return;
    running.waits = waits;
    running.moves++;
  }

  /** Ends an attempt whose job was taken from it: cancelled, wherever that was, or given to a newer attempt. */
  #leave({ id, state, epoch }: JobRow): void {
    const running = this.#running.get(id);
    if (!running) return;
    if (state === 'cancelled') running.abort.abort(new Error('cancelled'));
    else if (epoch > running.epoch) running.abort.abort(new Error('superseded'));
  }

  async #attempt(row: WholeRow, abort: AbortController): Promise<void> {
    const { source, concurrency, retry: _, ...options } = this.#options;
    try {
      await makeAttempt(row, {
        ...options,
        source: source(),
        signal: abort.signal,
        stopping: () => this.#stopping,
        onCheckpoint: () => this.#prove(row),
        onMove: (waits) => this.#move(row, waits),
      });
    } catch (cause) {
      const error = toSluiceError(cause, 'INTERNAL', 'job');
      await this.#settleWithRoom(row, error, abort.signal).catch(async (failure: unknown) => {
        // The row belongs to somebody else, or could not be read or written: then it is given up, lest an engine that
        // keeps what it has claimed keeps it for nobody; where that fails as well, it is found at the next start.
        await options.engine.requeue(row.id, row.epoch).catch(() => {});
        const facts = { job: row.id, epoch: row.epoch, error: toSluiceError(failure, 'INTERNAL', 'job').toJSON() };
        options.logger.warn(facts, 'an attempt ended without effect');
      });
    }
  }

  /** Settles an attempt once there is room for it: until then its job is nobody else's. */
  async #settleWithRoom(row: JobRow, error: SluiceError, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    for (let waitMs = FIRST_ROOM_MS; ; waitMs = Math.min(LONGEST_ROOM_MS, waitMs * 2)) {
      try {
        return await this.#settle(row, error);
      } catch (cause) {
        const isFull = cause instanceof SluiceError && cause.code === 'DISK_FULL';
        if (!isFull || this.#stopping) throw cause;
        if (waitMs === FIRST_ROOM_MS) logger.warn({ job: row.id, reason: cause.message }, 'an attempt waits for room');
        const until = AbortSignal.any([signal, this.#ending.signal]);
        // A job that is cancelled looks once more, and then waits as others do.
        await pause(waitMs, undefined, { signal: signal.aborted ? this.#ending.signal : until }).catch(() => {});
      }
    }
  }

  /** Tells the engine how an attempt failed, and removes what the job has stored where that is the end of it. */
  async #settle(row: JobRow, error: SluiceError): Promise<void> {
    const { engine, store, now } = this.#options;
    const { retries = 5, minDelayMs = 1000, maxDelayMs = LONGEST_WAIT_MS } = this.#options.retry;
    const { id, tenant, epoch } = row;
    const current = await engine.look(id);
    if (current && isEnded(current.state)) {
      // It was cancelled meanwhile: what the attempt has stored since is nobody's.
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
      this.#options.logger.error({ job: id, err: error }, 'a job met a fault of the program');
    }
    await engine.finish(id, epoch, { state: 'failed', error: described });
    await store.sweep({ tenant, job: id }, new Set());
  }
}
