/** What this process does with jobs, told as it is done; what other processes do is not. */
import type { JobEngine, JobRow } from './engine.js';
import type { JobSummary } from './job.js';
import { summaryOf } from './stored-jobs.js';

/**
 * What was done.
 *
 * submitted   A job was taken in.
 * started     An attempt began.
 * progressed  An attempt has come further.
 * finished    An attempt has ended its job: with a result, or as failed.
 * retried     An attempt that failed has queued its job again, with the error.
 * requeued    An attempt has queued its job again without an error: it yielded, or the process shuts down.
 * cancelled   A job was ended before its time.
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

/** Told of each activity, with the job behind it, without its request; must not throw. */
export type ActivityListener = (activity: JobActivity, job: JobSummary) => void;

/** Tells all who listen. */
export class ActivityFeed {
  readonly #listeners = new Set<ActivityListener>();
  readonly #onFault: (cause: unknown) => void;

  /** @param onFault told of what a listener throws, which must not end what was done */
  constructor(onFault: (cause: unknown) => void) {
    this.#onFault = onFault;
  }

  on(listener: ActivityListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(activity: JobActivity, row: JobRow): void {
    if (this.#listeners.size === 0) return;
    const job = summaryOf(row);
    for (const listener of this.#listeners) {
      try {
        listener(activity, job);
      } catch (cause) {
        this.#onFault(cause);
      }
    }
  }
}

/** The engine, with all that is done through it told to the feed. */
export function tellingEngine(engine: JobEngine, feed: ActivityFeed): JobEngine {
  const told = async (activity: JobActivity, change: Promise<JobRow>) => {
    const row = await change;
    feed.tell(activity, row);
    return row;
  };
  return {
    async submit(job) {
      const submitted = await engine.submit(job);
      if (submitted.created) feed.tell('submitted', submitted.row);
      return submitted;
    },
    async claim(alone) {
      const row = await engine.claim(alone);
      if (row) feed.tell('started', row);
      return row;
    },
    checkpoint: (...change) => told('progressed', engine.checkpoint(...change)),
    progress: (...change) => told('progressed', engine.progress(...change)),
    finish: (...change) => told('finished', engine.finish(...change)),
    requeue: (id, epoch, failed) => told(failed ? 'retried' : 'requeued', engine.requeue(id, epoch, failed)),
    async cancel(id) {
      const before = await engine.look(id);
      const row = await engine.cancel(id);
      if (row?.state === 'cancelled' && before?.state !== 'cancelled') feed.tell('cancelled', row);
      return row;
    },
    get: (id) => engine.get(id),
    look: (id) => engine.look(id),
    remove: (id) => engine.remove(id),
    list: (...page) => engine.list(...page),
    expire: () => engine.expire(),
    over: (before) => engine.over(before),
    owner: () => engine.owner(),
    check: () => engine.check(),
    counts: () => engine.counts(),
    storedBytes: (tenant) => engine.storedBytes(tenant),
    othersWait: (tenant) => engine.othersWait(tenant),
    secret: () => engine.secret(),
    nextTurn: () => engine.nextTurn(),
    onTurn: (listener) => engine.onTurn(listener),
    onChange: (listener) => engine.onChange(listener),
    close: () => engine.close(),
  };
}
