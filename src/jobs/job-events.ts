/** Events of jobs: one typed emitter that an engine, its runner and all listeners share. */
import { callbackFailed } from '../terms/callback-failed.js';
import type { SluiceError } from '../terms/errors.js';
import { guardedCall } from '../terms/guarded-call.js';
import type { JobSummary } from './job.js';
import type { JobRow } from './job-row.js';

/**
 * What this process does with jobs; the work of other processes is not reported.
 *
 * submitted     A job was accepted.
 * started       An attempt began.
 * progressed    An attempt made progress.
 * finished      An attempt ended its job, with a result or as failed.
 * retried       An attempt failed and queued its job again, with the error.
 * requeued      An attempt queued its job again without an error: it yielded, or the process shuts down.
 * cancelled     A job was cancelled.
 * attemptEnded  An attempt is over, with any outcome; the job is reported as it was when the attempt began.
 */
export type JobActivity =
  | 'submitted'
  | 'started'
  | 'progressed'
  | 'finished'
  | 'retried'
  | 'requeued'
  | 'cancelled'
  | 'attemptEnded';

/** Called after each activity with the job, without its request. Errors it throws are logged. */
export type ActivityListener = (activity: JobActivity, job: JobSummary) => void;

/** The events and their arguments. */
export interface JobEvents {
  /** A job has changed, in this process or in another one. */
  readonly change: readonly [row: JobRow];
  /** A job was deleted, by this process or by another one. */
  readonly removed: readonly [job: Pick<JobSummary, 'id' | 'tenant'>];
  /** Changes or deletions by other processes may have been missed. */
  readonly missed: readonly [];
  /** `claim` may return a job. */
  readonly turn: readonly [];
  /** This process has done something with a job. */
  readonly activity: Parameters<ActivityListener>;
}

type Listeners = { readonly [Name in keyof JobEvents]: Set<(...event: JobEvents[Name]) => void> };

/** Calls listeners synchronously, in the order of their subscription. */
export class JobEmitter {
  readonly #listeners: Listeners = {
    change: new Set(),
    removed: new Set(),
    missed: new Set(),
    turn: new Set(),
    activity: new Set(),
  };
  /** Listeners of the changes of one job, by its id: with thousands of clients that wait, each change concerns one. */
  readonly #watchers = new Map<string, Set<(row: JobRow) => void>>();
  readonly #onFault: (error: SluiceError) => void;
  readonly #onTurnListener: () => void;

  /**
   * @param onFault called with `CALLBACK_FAILED` where a listener throws or rejects, which must not affect the job or the other listeners
   * @param onTurnListener called when somebody subscribes to turns: this process runs jobs
   */
  constructor(onFault: (error: SluiceError) => void, onTurnListener: () => void = () => {}) {
    this.#onFault = onFault;
    this.#onTurnListener = onTurnListener;
  }

  /** Subscribes; returns the function that unsubscribes. */
  on<Name extends keyof JobEvents>(name: Name, listener: (...event: JobEvents[Name]) => void): () => void {
    const listeners = this.#listeners[name];
    // A listener that subscribes twice is called twice.
    const own = (...event: JobEvents[Name]) => listener(...event);
    listeners.add(own);
    if (name === 'turn') this.#onTurnListener();
    return () => void listeners.delete(own);
  }

  /** Calls back after each change of one job; returns the function that ends it. */
  watch(id: string, onChange: (row: JobRow) => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    const own = (row: JobRow) => onChange(row);
    watchers.add(own);
    this.#watchers.set(id, watchers);
    return () => {
      watchers.delete(own);
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id);
    };
  }

  /** Reports the change of a job to its watchers and to all listeners. */
  emitChange(row: JobRow): void {
    for (const onChange of this.#watchers.get(row.id) ?? []) onChange(row);
    this.emit('change', row);
  }

  /** Whether an event has listeners, so that its arguments are worth making. */
  isHeard(name: keyof JobEvents): boolean {
    return this.#listeners[name].size > 0;
  }

  emit<Name extends keyof JobEvents>(name: Name, ...event: JobEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      guardedCall(
        () => listener(...event),
        (cause) => this.#onFault(callbackFailed('a listener of job events', cause, 'job')),
      );
    }
  }

  /** Removes all listeners of an event. */
  clear(name: keyof JobEvents): void {
    this.#listeners[name].clear();
  }
}
