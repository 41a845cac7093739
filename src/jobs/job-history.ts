/** What has happened to a job: the events of its attempts, and how far it was when. */
import { hasResult, isEnded, type JobError, type JobState, type JobSummary } from './job.js';

/** What can happen to an attempt or to its job. */
export const JOB_EVENTS = ['started', 'requeued', 'retried', 'lost', 'ended', 'expired'] as const;

/**
 * What happened: an attempt `started`; it was given up by its process and the job is `requeued`; it failed and is `retried`;
 * it was `lost` with its process; the job `ended`; its result `expired`.
 */
export type JobEventKind = (typeof JOB_EVENTS)[number];

/** An event. */
export interface JobEvent {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** What. */
  readonly kind: JobEventKind;
  /** The number of the attempt; 0 before the first. */
  readonly attempt: number;
  /** How the job ended. */
  readonly state?: JobState;
  /** Why it failed. */
  readonly error?: JobError;
}

/** How far a job was. */
export interface JobSample {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The number of the attempt. */
  readonly attempt: number;
  /** Records read. */
  readonly read: number;
  /** Records written. */
  readonly written: number;
  /** Bytes read from the source. */
  readonly bytesIn: number;
}

/** The history of a job. */
export interface JobHistory {
  /** Its events in their order. */
  readonly events: readonly JobEvent[];
  /** How far it was, at most once a second, and a hundred times while its duration grows to the 2.7-fold. */
  readonly samples: readonly JobSample[];
}

/** Attempts whose events are kept. */
const MOST_ATTEMPTS = 500;

/** Shortest time between two samples: in milliseconds, and as a part of the time since the first attempt. */
const [SHORTEST_MS, SHORTEST_PART] = [1000, 100];

/** A job before or after a change. */
type Changed = JobSummary & { readonly lost: number };

/** The events of one change. */
export function eventsOf(before: Changed, after: Changed): readonly JobEvent[] {
  const { epoch: attempt, state, error, changedAt: at } = after;
  if (attempt > MOST_ATTEMPTS) return [];
  const events: JobEvent[] = [];
  if (state === 'running' && before.state !== 'running') events.push({ at, kind: 'started', attempt });
  if (before.state === 'running' && after.lost > before.lost) events.push({ at, kind: 'lost', attempt });
  else if (before.state === 'running' && state === 'queued') {
    const hasFailed = after.failures > before.failures;
    events.push(hasFailed && error ? { at, kind: 'retried', attempt, error } : { at, kind: 'requeued', attempt });
  }
  if (isEnded(state) && !isEnded(before.state)) {
    events.push({ at, kind: 'ended', attempt, state, ...(error && state === 'failed' ? { error } : {}) });
  }
  if (state === 'expired' && before.state !== 'expired') events.push({ at, kind: 'expired', attempt });
  return events;
}

/** The beginning or the end of an attempt. */
interface Milestone {
  readonly event: JobEvent;
  readonly sample: JobSample;
}

/** The first start of a job, as its row tells it. */
export function startOf({ startedAt: at }: JobSummary): Milestone | undefined {
  if (at === undefined) return undefined;
  const attempt = 1;
  return { event: { at, kind: 'started', attempt }, sample: { at, attempt, read: 0, written: 0, bytesIn: 0 } };
}

/** The end of a job, as its row tells it until its result expires: not that of a cancelled one, which need not have run. */
export function endOf({ epoch: attempt, state, endedAt: at, error, progress }: JobSummary): Milestone | undefined {
  if (at === undefined || !(hasResult(state) || state === 'failed')) return undefined;
  const { read, written, bytesIn } = progress;
  return {
    event: { at, kind: 'ended', attempt, state, ...(error && state === 'failed' ? { error } : {}) },
    sample: { at, attempt, read, written, bytesIn },
  };
}

/**
 * The sample of one change, if it is one: begins and ends of attempts, and in between what is far enough from the last.
 * @param lastAt when the last sample was taken
 */
export function sampleOf(before: Changed, after: Changed, lastAt: number | undefined): JobSample | undefined {
  const { epoch: attempt, state, changedAt: at, startedAt = at, progress } = after;
  if ((state !== 'running' && before.state !== 'running') || attempt > MOST_ATTEMPTS) return undefined;
  const isMiddle = state === before.state && lastAt !== undefined;
  if (isMiddle && at - lastAt < Math.max(SHORTEST_MS, (at - startedAt) / SHORTEST_PART)) return undefined;
  const { read, written, bytesIn } = progress;
  return { at, attempt, read, written, bytesIn };
}
