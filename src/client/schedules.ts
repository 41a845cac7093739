/** Schedules, as a service returns them. */
import { anything, type OptionTable } from '../options/accept-options.js';
import { countAt, listAt, memberAt, textAt } from '../options/json-members.js';
import { type Connection, failed } from '../remote/connection.js';
import { SCHEDULE_MEMBERS, type ScheduledOptions, type ScheduleTimes } from '../schedules/schedule.js';
import { acceptJob, type RemoteJob } from './remote-job.js';
import { requestJson } from './responses.js';

/** A schedule to be added. */
export interface NewRemoteSchedule extends ScheduleTimes, Pick<ScheduledOptions, 'name' | 'priority' | 'webhook'> {
  /** What to export, in either form. */
  readonly request: unknown;
}

const { name, everyMs, cron, timeZone, priority, webhook } = SCHEDULE_MEMBERS;

export const NEW_SCHEDULE: OptionTable<NewRemoteSchedule> = {
  request: anything,
  name,
  everyMs,
  cron,
  timeZone,
  priority,
  webhook,
};

/** A schedule. */
export interface RemoteSchedule {
  /** Its id. */
  readonly id: string;
  /** What people call it. */
  readonly name?: string;
  /** Milliseconds from one run to the next. */
  readonly everyMs?: number;
  /** When it runs, as a pattern of cron. */
  readonly cron?: string;
  /** The time zone of the pattern. */
  readonly timeZone?: string;
  /** When it is due, in ISO 8601; without effect while it is paused. */
  readonly nextAt: string;
  /** Whether it waits until it is resumed. */
  readonly paused: boolean;
  /** Number of jobs that were submitted when it was due. */
  readonly runs: number;
  /** Number of times that it was due while the job before had not ended. */
  readonly leftOut: number;
  /** The job that was submitted last. */
  readonly lastJob?: string;
  /** Why the last run was not submitted. */
  readonly lastError?: string;
  /** What it exports; absent in lists. */
  readonly request?: unknown;
}

/** The schedules of the tenant. */
export async function listSchedules(connection: Connection): Promise<readonly RemoteSchedule[]> {
  return listAt(await requestJson(connection, 'schedules'), 'schedules').map(acceptSchedule);
}

/** Adds a schedule. */
export async function addSchedule(connection: Connection, body: NewRemoteSchedule): Promise<RemoteSchedule> {
  return acceptSchedule(await requestJson(connection, 'schedules', { method: 'POST', body }));
}

/** Gets or deletes a schedule. */
export async function scheduleOf(
  connection: Connection,
  id: string,
  method: 'GET' | 'DELETE',
): Promise<RemoteSchedule> {
  return acceptSchedule(await requestJson(connection, `schedules/${encodeURIComponent(id)}`, { method }));
}

/** Pauses or resumes a schedule. */
export async function pauseSchedule(
  connection: Connection,
  id: string,
  action: 'pause' | 'resume',
): Promise<RemoteSchedule> {
  const path = `schedules/${encodeURIComponent(id)}/${action}`;
  return acceptSchedule(await requestJson(connection, path, { method: 'POST' }));
}

/** Submits the request of a schedule. */
export async function runSchedule(connection: Connection, id: string): Promise<RemoteJob> {
  return acceptJob(await requestJson(connection, `schedules/${encodeURIComponent(id)}/run`, { method: 'POST' }));
}

function acceptSchedule(view: unknown): RemoteSchedule {
  const [id, nextAt] = [textAt(view, 'id'), textAt(view, 'nextAt')];
  if (id === undefined || nextAt === undefined) throw failed('the response is not a schedule');
  return {
    id,
    nextAt,
    name: textAt(view, 'name'),
    everyMs: countAt(view, 'everyMs'),
    cron: textAt(view, 'cron'),
    timeZone: textAt(view, 'timeZone'),
    paused: memberAt(view, 'paused') === true,
    runs: countAt(view, 'runs') ?? 0,
    leftOut: countAt(view, 'leftOut') ?? 0,
    lastJob: textAt(view, 'lastJob'),
    lastError: textAt(memberAt(view, 'lastError'), 'message'),
    request: memberAt(view, 'request'),
  };
}
