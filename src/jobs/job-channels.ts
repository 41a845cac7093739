/** Where jobs are told to whoever listens: `tracing:sluice:attempt:*` and `sluice:job` of `node:diagnostics_channel`. */
import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { SluiceError } from '../terms/errors.js';
import type { JobError, JobState, JobSummary } from './job.js';

/**
 * What subscribers to `tracing:sluice:attempt:start`, `end`, `asyncStart`, `asyncEnd` and `error` are given: one object
 * an attempt, at each of them. The export of the attempt begins within it, in its asynchronous context.
 */
export interface AttemptTrace {
  /** Id of the job: the work automation id, and the id of the attempt's export. */
  readonly job: string;
  readonly tenant: string;
  /** Number of the attempt, from 1. */
  readonly epoch: number;
  /** Where the attempt leaves the job: `queued` when it handed it back; absent when it failed. */
  readonly state?: JobState;
  /** There from `error` on; what becomes of the job then, `sluice:job` tells. */
  readonly error?: SluiceError;
}

/**
 * What subscribers to `sluice:job` are given, after each change of a job's state that this process learns of. Of
 * several processes over the same jobs each tells it; a job that changes quickly may be told by its last state alone.
 */
export interface JobChange {
  readonly job: string;
  readonly tenant: string;
  readonly state: JobState;
  /** Number of the newest attempt; 0 before the first. */
  readonly epoch: number;
  /** Grows with every change of the job. */
  readonly version: number;
  /** Why the job failed, or why its last try did. */
  readonly error?: JobError;
}

const ATTEMPT = tracingChannel<unknown, object>('sluice:attempt');
const CHANGE = channel('sluice:job');

/** Makes an attempt within its trace; answers what the attempt does. Free when nobody listens. */
export function traceAttempt(
  { id, tenant, epoch }: Pick<JobSummary, 'id' | 'tenant' | 'epoch'>,
  attempt: () => Promise<JobState>,
): Promise<JobState> {
  if (!ATTEMPT.hasSubscribers) return attempt();
  const trace: { job: string; tenant: string; epoch: number; state?: JobState } = { job: id, tenant, epoch };
  const noted = async () => {
    trace.state = await attempt();
    return trace.state;
  };
  return ATTEMPT.tracePromise(noted, trace);
}

/** Tells a change of state. Free when nobody listens. */
export function tellChange({ id, tenant, state, epoch, version, error }: JobSummary): void {
  if (!CHANGE.hasSubscribers) return;
  const change: JobChange = { job: id, tenant, state, epoch, version, ...(error ? { error } : {}) };
  CHANGE.publish(change);
}
