/** Submits what schedules are due for: once for each due time, whatever process is first. */
import { setTimeout as pause } from 'node:timers/promises';
import { DueWork } from '../loop/due-work.js';
import { nextDue } from '../schedules/due-time.js';
import type { Schedule, ScheduleError, ScheduleSummary } from '../schedules/schedule.js';
import { messageOf, toSluiceError } from '../terms/errors.js';
import type { JobsParts } from './jobs-parts.js';
import { submitScheduled } from './submit-job.js';
import { unfinishedRun } from './unfinished-run.js';

/** Time after which another process repeats a submission, in milliseconds. Repeating one that is under way makes no second job. */
const LEASE_MS = 10_000;

/** How long the end of the process waits for submissions, in milliseconds. */
const LEAVE_MS = 5000;

/** Submissions at a time. */
const AT_ONCE = 10;

/**
 * A clock that is set back by more was wrong before: what is due follows it. By less, as with cron, schedules wait for the
 * time at which they are due, so that nothing runs twice.
 */
const CORRECTION_MS = 3 * 60 * 60 * 1000;

/** Works from `start` to `close`. */
export class Scheduler {
  readonly #parts: JobsParts;
  readonly #work: DueWork;
  /** The latest time of the clock; at first that of an earlier process, which is unknown. */
  #latest = Number.POSITIVE_INFINITY;

  constructor(parts: JobsParts) {
    this.#parts = parts;
    const { engine, now, logger } = parts;
    this.#work = new DueWork({
      doDue: () => this.runDue(),
      nextAt: () => engine.schedules.nextAt(),
      now,
      onError: (cause) => logger.error({ reason: messageOf(cause), err: cause }, 'schedules could not be run'),
    });
  }

  start(): void {
    this.#work.start();
  }

  /** Looks for schedules at once: one was added. */
  wake(): void {
    this.#work.wake();
  }

  /** Ends after the submissions that have begun. Those that wait for a function for long are left: the next process repeats them. */
  async close(): Promise<void> {
    const over = new AbortController();
    const waited = pause(LEAVE_MS, undefined, { signal: over.signal }).catch(() => {});
    await Promise.race([this.#work.close(), waited]);
    over.abort();
  }

  /** Submits what is due; returns for how many schedules. Refusals are stored, not thrown. */
  async runDue(): Promise<number> {
    const { engine, now } = this.#parts;
    await this.#followClock();
    const due = await engine.schedules.claim(now(), LEASE_MS, AT_ONCE);
    // Of a tenant one after the other, since its limits count its jobs; a slow function of one delays no other tenant.
    const tenants = new Set(due.map(({ tenant }) => tenant));
    await Promise.all([...tenants].map((tenant) => this.#runAll(due.filter((one) => one.tenant === tenant))));
    return due.length;
  }

  /** After the clock was set back, schedules are due at their next usual time, and not at the one that it had shown. */
  async #followClock(): Promise<void> {
    const { engine, now, logger } = this.#parts;
    const time = now();
    const isSetBack = this.#latest - time > CORRECTION_MS;
    this.#latest = isSetBack ? time : Math.max(this.#latest, time);
    if (!isSetBack) return;
    for (const schedule of await engine.schedules.all()) {
      if (schedule.paused) continue;
      const { id, tenant, createdAt, nextAt: dueAt } = schedule;
      const nextAt = await nextDue(schedule, createdAt, time).catch(() => dueAt);
      if (dueAt - nextAt <= CORRECTION_MS) continue;
      await engine.schedules.settle(dueAt, { ...schedule, nextAt });
      logger.warn({ schedule: id, tenant, dueAt, nextAt }, 'a schedule follows the clock, which was set back');
    }
  }

  async #runAll(schedules: readonly Schedule[]): Promise<void> {
    for (const schedule of schedules) {
      if (this.#work.isClosing) return;
      await this.#run(schedule).catch((cause: unknown) =>
        this.#warn(schedule, toSluiceError(cause, 'INTERNAL', 'job')),
      );
    }
  }

  async #run({ request, ...before }: Schedule): Promise<void> {
    const { engine, now } = this.#parts;
    const { createdAt, nextAt: dueAt } = before;
    // A process died while it ran it on demand: it is free again, and due as before.
    if (dueAt > now() || before.paused) return engine.schedules.settle(dueAt, before);
    // Before the submission: what cannot be due again is not run.
    await nextDue(before, createdAt, dueAt);
    const change = await this.#submit({ ...before, request });
    // Runs that were missed are made up for by this one.
    const nextAt = await nextDue(before, createdAt, Math.max(now(), dueAt));
    await engine.schedules.settle(dueAt, { ...before, ...change, nextAt });
    if (change.lastError) this.#warn(before, change.lastError);
  }

  #warn({ id, tenant }: ScheduleSummary, { code, message }: ScheduleError): void {
    if (this.#work.isClosing) return;
    this.#parts.logger.warn({ schedule: id, tenant, code, reason: message }, 'a run of a schedule was not submitted');
  }

  /** What a run changes. */
  async #submit(schedule: Schedule): Promise<Partial<ScheduleSummary>> {
    const { id, tenant, nextAt, runs, leftOut } = schedule;
    // The same for all tries: a second one after a kill, or of another process, finds the job of the first.
    const key = `${id} ${nextAt}`;
    try {
      const unfinished = await unfinishedRun(this.#parts.engine, tenant, id);
      if (unfinished && unfinished.idempotencyKey !== key) return { leftOut: leftOut + 1 };
      const { job } = await submitScheduled(this.#parts, schedule, key);
      return { runs: runs + 1, lastJob: job.id, lastRunAt: nextAt, lastError: undefined };
    } catch (cause) {
      if (this.#work.isClosing) throw cause;
      const { code, message } = toSluiceError(cause, 'INTERNAL', 'job');
      return { lastError: { code, message } };
    }
  }
}
