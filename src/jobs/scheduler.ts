/** Submits what schedules are due for: once for each due time, whatever process is first. */
import { nextDue } from '../schedules/due-time.js';
import type { Schedule, ScheduleError, ScheduleSummary } from '../schedules/schedule.js';
import { messageOf, toSluiceError } from '../terms/errors.js';
import type { JobsParts } from './jobs-parts.js';
import { submitScheduled } from './submit-job.js';
import { unfinishedRun } from './unfinished-run.js';

/** Interval of looks for schedules that other processes have added, in milliseconds. */
const LOOK_MS = 5000;

/** Time after which another process repeats a submission, in milliseconds. */
const LEASE_MS = 60_000;

/** Submissions at a time. */
const AT_ONCE = 10;

/** Works from `start` to `close`. */
export class Scheduler {
  readonly #parts: JobsParts;
  #isClosing = false;
  #wake: () => void = () => {};
  #isWoken = false;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: JobsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Looks for schedules at once: one was added. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  /** Ends after the submissions that have begun. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.wake();
    await this.#working;
  }

  /** Submits what is due; returns for how many schedules. Refusals are stored, not thrown. */
  async runDue(): Promise<number> {
    const { engine, now } = this.#parts;
    const due = await engine.schedules.claim(now(), LEASE_MS, AT_ONCE);
    // One after the other: the limits of a tenant count its jobs.
    for (const schedule of due) {
      if (this.#isClosing) break;
      await this.#run(schedule).catch((cause: unknown) =>
        this.#warn(schedule, toSluiceError(cause, 'INTERNAL', 'job')),
      );
    }
    return due.length;
  }

  async #run({ request, ...before }: Schedule): Promise<void> {
    const { engine, now } = this.#parts;
    const { createdAt, nextAt: dueAt } = before;
    // Before the submission: what cannot be due again is not run.
    await nextDue(before, createdAt, dueAt);
    const change = await this.#submit({ ...before, request });
    // Runs that were missed are made up for by this one.
    const nextAt = await nextDue(before, createdAt, Math.max(now(), dueAt));
    await engine.schedules.settle(dueAt, { ...before, ...change, nextAt });
    if (change.lastError) this.#warn(before, change.lastError);
  }

  #warn({ id, tenant }: ScheduleSummary, { code, message }: ScheduleError): void {
    if (this.#isClosing) return;
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
      if (this.#isClosing) throw cause;
      const { code, message } = toSluiceError(cause, 'INTERNAL', 'job');
      return { lastError: { code, message } };
    }
  }

  async #work(): Promise<void> {
    while (!this.#isClosing) {
      this.#isWoken = false;
      try {
        if ((await this.runDue()) > 0) continue;
      } catch (cause) {
        if (this.#isClosing) return;
        this.#parts.logger.error({ reason: messageOf(cause), err: cause }, 'schedules could not be run');
      }
      await this.#rest();
    }
  }

  /** Waits until something may be due. */
  async #rest(): Promise<void> {
    const { engine, now } = this.#parts;
    const next = await engine.schedules.nextAt().catch(() => undefined);
    const waitMs = Math.max(0, Math.min(LOOK_MS, (next ?? Number.POSITIVE_INFINITY) - now()));
    await new Promise<void>((resolve) => {
      if (this.#isWoken) return resolve();
      const timer = setTimeout(resolve, waitMs).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      return undefined;
    });
  }
}
