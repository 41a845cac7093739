/** Schedules: requests that are submitted again and again, and how far they are. */
import { check, count, filledText, type OptionTable } from '../options/accept-options.js';
import { milliseconds, type Options, typed } from '../options/option.js';

/** The shortest and the longest interval, in milliseconds: a second, and ten years. */
const [SHORTEST_MS, LONGEST_MS] = [1000, 10 * 366 * 24 * 60 * 60 * 1000];

/** Maximum length of a name, a pattern of cron and a time zone. */
const LONGEST_NAME = 255;

const named = check(
  (value) => typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME && !value.includes('\0'),
  `1 to ${LONGEST_NAME} characters`,
);

/** When a schedule is due. */
export const SCHEDULE_TIMES = {
  everyMs: {
    kind: milliseconds(SHORTEST_MS, LONGEST_MS),
    about: 'time from one run to the next, from a second on, counted from when the schedule was added',
    flag: '--every <time>',
  },
  cron: {
    kind: typed('string', named),
    about: 'when it runs, as the five fields of cron: minute, hour, day of month, month, day of week',
    flag: '--cron <pattern>',
  },
  timeZone: {
    kind: typed('string', named),
    about: 'the time zone of cron, such as `Europe/Berlin`',
    default: 'UTC',
    flag: '--time-zone <name>',
  },
} satisfies Options;

/** When a schedule is due: either `everyMs`, or `cron` in a time zone. */
export interface ScheduleTimes {
  /** Time from one run to the next, from a second on, counted from when the schedule was added. */
  readonly everyMs?: number;
  /** When it runs, as the five fields of cron: minute, hour, day of month, month, day of week. */
  readonly cron?: string;
  /** The time zone of cron, such as `Europe/Berlin`. Default: UTC. */
  readonly timeZone?: string;
}

/** What all runs of a schedule submit, beside the request. */
export interface ScheduledOptions {
  /** What people call it. */
  readonly name?: string;
  /** As of a submission. */
  readonly priority?: number;
  /** As of a submission. */
  readonly webhook?: string;
  /** As of a submission. */
  readonly submittedBy?: string;
  /** As of a submission. */
  readonly userId?: string;
  /** As of a submission. */
  readonly userEmail?: string;
}

/** The checks of the members beside the request; who submits is checked with the submission. */
export const SCHEDULE_MEMBERS: OptionTable<ScheduleTimes & ScheduledOptions> = {
  ...SCHEDULE_TIMES,
  name: named,
  priority: count(-100, 100),
  webhook: filledText,
  submittedBy: filledText,
  userId: filledText,
  userEmail: filledText,
};

/** Why the last run was not submitted. */
export interface ScheduleError {
  /** Code of the error, see the list of error codes. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
}

/** A schedule, without its request: in lists. */
export interface ScheduleSummary extends ScheduleTimes, ScheduledOptions {
  /** Its id; jobs name it as the fact `schedule`. */
  readonly id: string;
  /** The tenant whose jobs it submits. */
  readonly tenant: string;
  /** When it was added, in milliseconds since 1970. */
  readonly createdAt: number;
  /** When it is due, in milliseconds since 1970; without effect while it is paused. */
  readonly nextAt: number;
  /** Whether it waits until it is resumed; absent: it does not. */
  readonly paused?: boolean;
  /** Number of jobs that were submitted when it was due. */
  readonly runs: number;
  /** Number of times that it was due while the job before had not ended. */
  readonly leftOut: number;
  /** The job that was submitted last. */
  readonly lastJob?: string;
  /** When that was due or run on demand, in milliseconds since 1970. */
  readonly lastRunAt?: number;
  /** Why the last run was not submitted; absent after one that was. */
  readonly lastError?: ScheduleError;
}

/** A schedule. */
export interface Schedule extends ScheduleSummary {
  /** What it exports. */
  readonly request: unknown;
}

/** Storage of schedules. Resolved writes are durable. */
export interface ScheduleStore {
  /** Adds a schedule, unless its tenant has that many; returns whether it was added. */
  add(schedule: Schedule, most: number): Promise<boolean>;
  /** A schedule of a tenant. */
  get(tenant: string, id: string): Promise<Schedule | undefined>;
  /** The schedules of a tenant, in the order of their addition. */
  list(tenant: string): Promise<readonly ScheduleSummary[]>;
  /** The schedules of all tenants. */
  all(): Promise<readonly ScheduleSummary[]>;
  /** Deletes a schedule of a tenant; returns whether there was one. */
  remove(tenant: string, id: string): Promise<boolean>;
  /**
   * Pauses a schedule of a tenant, or resumes it.
   * @param nextAt when one that is resumed is due
   * @returns whether there is one
   */
  pause(tenant: string, id: string, nextAt?: number): Promise<boolean>;
  /** Takes schedules that are due and not paused: no other process takes them before the lease is over. */
  claim(now: number, leaseMs: number, limit: number): Promise<readonly Schedule[]>;
  /** Takes a schedule of a tenant, whenever it is due; undefined if there is none, or if it is taken. */
  take(tenant: string, id: string, now: number, leaseMs: number): Promise<Schedule | undefined>;
  /** Replaces a schedule, which frees it, and leaves it paused if it is; without effect if it is deleted, or was due at another time meanwhile. */
  settle(dueAt: number, after: ScheduleSummary): Promise<void>;
  /** When a schedule can be claimed next, in milliseconds since 1970; undefined if there is none. */
  nextAt(): Promise<number | undefined>;
}
