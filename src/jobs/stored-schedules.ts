/** The schedules of one tenant. */
import { randomUUID } from 'node:crypto';
import { acceptOptions, anything, type OptionTable } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { checkTimes, nextDue } from '../schedules/due-time.js';
import { SCHEDULE_MEMBERS, type Schedule, type ScheduleSummary } from '../schedules/schedule.js';
import { definedOnly } from '../terms/defined-only.js';
import { SluiceError } from '../terms/errors.js';
import { noSuchSchedule, scheduleIdOf } from './job-arguments.js';
import type { JobsParts } from './jobs-parts.js';
import { keepRequest } from './row-bounds.js';
import { checkSubmission, explainJob, submitScheduled } from './submit-job.js';
import type { NewSchedule, Submitted, TenantSchedules } from './tenant-jobs.js';
import { unfinishedRun } from './unfinished-run.js';

/** Maximum number of schedules of a tenant. */
const MOST_SCHEDULES = 100;

/** Time after which a schedule is free again whose process died while it ran it on demand, in milliseconds. */
const TAKEN_MS = 60_000;

const NEW_SCHEDULE: OptionTable<NewSchedule> = { ...SCHEDULE_MEMBERS, request: anything };

/** Schedules as an engine stores them. */
export class StoredSchedules implements TenantSchedules {
  readonly #tenant: string;
  readonly #parts: JobsParts;

  constructor(tenant: string, parts: JobsParts) {
    this.#tenant = tenant;
    this.#parts = parts;
  }

  async add(given: NewSchedule): Promise<Schedule> {
    acceptOptions(given, NEW_SCHEDULE, ['request']);
    checkTimes(given);
    const { request, everyMs, cron, timeZone, name, ...submission } = given;
    checkSubmission(this.#parts, submission);
    await explainJob(this.#parts, this.#tenant, { ...submission, request });
    const { kept } = await keepRequest(request);
    const id = randomUUID();
    const createdAt = this.#parts.now();
    const schedule: Schedule = {
      id,
      tenant: this.#tenant,
      createdAt,
      nextAt: await nextDue(given, createdAt, createdAt),
      runs: 0,
      leftOut: 0,
      request: inOwnChain(kept, id),
      ...definedOnly({ everyMs, cron, timeZone, name }),
      ...definedOnly(submission),
    };
    if (!(await this.#parts.engine.schedules.add(schedule, MOST_SCHEDULES))) {
      throw new SluiceError('QUOTA_EXCEEDED', 'job', `a tenant has at most ${MOST_SCHEDULES} schedules; delete some`);
    }
    this.#parts.wakeScheduler();
    return schedule;
  }

  list(): Promise<readonly ScheduleSummary[]> {
    return this.#parts.engine.schedules.list(this.#tenant);
  }

  async get(id: string): Promise<Schedule> {
    const schedule = await this.#parts.engine.schedules.get(this.#tenant, scheduleIdOf(id));
    if (!schedule) throw noSuchSchedule();
    return schedule;
  }

  async remove(id: string): Promise<Schedule> {
    const schedule = await this.get(id);
    if (!(await this.#parts.engine.schedules.remove(this.#tenant, id))) throw noSuchSchedule();
    return schedule;
  }

  async pause(id: string): Promise<Schedule> {
    return this.#pause(id);
  }

  async resume(id: string): Promise<Schedule> {
    const schedule = await this.get(id);
    if (!schedule.paused) return schedule;
    const resumed = await this.#pause(id, await nextDue(schedule, schedule.createdAt, this.#parts.now()));
    this.#parts.wakeScheduler();
    return resumed;
  }

  async #pause(id: string, nextAt?: number): Promise<Schedule> {
    if (!(await this.#parts.engine.schedules.pause(this.#tenant, scheduleIdOf(id), nextAt))) throw noSuchSchedule();
    return this.get(id);
  }

  async run(id: string): Promise<Submitted> {
    await this.get(id);
    const { engine, now } = this.#parts;
    const taken = await engine.schedules.take(this.#tenant, id, now(), TAKEN_MS);
    if (!taken) throw new SluiceError('TOO_MANY_REQUESTS', 'job', 'this schedule is being run');
    const { request: _, ...before } = taken;
    try {
      const unfinished = await unfinishedRun(engine, this.#tenant, id);
      if (unfinished) {
        throw new SluiceError('TOO_MANY_REQUESTS', 'job', `job ${unfinished.id} of this schedule has not ended`);
      }
      const submitted = await submitScheduled(this.#parts, taken);
      const { lastError: _error, ...rest } = before;
      await engine.schedules.settle(before.nextAt, { ...rest, lastJob: submitted.job.id, lastRunAt: now() });
      return submitted;
    } catch (cause) {
      // Free at once; if that fails, too, it is free after the lease.
      await engine.schedules.settle(before.nextAt, before).catch(() => {});
      throw cause;
    }
  }
}

/** The deltas of a schedule are against those of no other one. */
function inOwnChain(request: unknown, id: string): unknown {
  if (!isObject(request) || !isObject(request.delta) || request.delta.chain !== undefined) return request;
  return { ...request, delta: { ...request.delta, chain: id } };
}
