/** Diagnostics channels of jobs: `tracing:sluice:attempt:*` and `sluice:job` of `node:diagnostics_channel`. */
import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { SluiceError } from '../terms/errors.js';
import type { JobError, JobState, JobSummary } from './job.js';

/**
 * The message of `tracing:sluice:attempt:start`, `end`, `asyncStart`, `asyncEnd` and `error`: one object per attempt,
 * the same at each of them. The export of the attempt begins within its asynchronous context.
 */
export interface AttemptTrace {
  /** Id of the job: the work automation id, and the id of the attempt's export. */
  readonly job: string;
  /** Tenant of the job. */
  readonly tenant: string;
  /** Number of the attempt, from 1. */
  readonly epoch: number;
  /** State in which the attempt leaves the job, `queued` when it requeued it; absent when it failed. */
  readonly state?: JobState;
  /** Present from `error` on. What happens to the job then is the message of `sluice:job`. */
  readonly error?: SluiceError;
}

/**
 * The message of `sluice:job`, after each change of a job's state that this process learns of. Every process over the
 * same jobs publishes it. Rapid changes may be published as one, with the last state.
 */
export interface JobChange {
  /** Id of the job: the work automation id. */
  readonly job: string;
  /** Tenant of the job. */
  readonly tenant: string;
  /** The new state. */
  readonly state: JobState;
  /** Number of the newest attempt; 0 before the first. */
  readonly epoch: number;
  /** Grows with every change of the job. */
  readonly version: number;
  /** Why the job, or its last attempt, failed. */
  readonly error?: JobError;
}

const ATTEMPT = tracingChannel<unknown, object>('sluice:attempt');
const CHANGE = channel('sluice:job');

/** Runs an attempt within its trace and returns its result. Free without subscribers. */
export function traceAttempt(
  { id, tenant, epoch }: Pick<JobSummary, 'id' | 'tenant' | 'epoch'>,
  attempt: () => Promise<JobState>,
): Promise<JobState> {
  if (!ATTEMPT.hasSubscribers) return attempt();
  const trace: { job: string; tenant: string; epoch: number; state?: JobState } = { job: id, tenant, epoch };
  const traced = async () => {
    trace.state = await attempt();
    return trace.state;
  };
  return ATTEMPT.tracePromise(traced, trace);
}

/** Publishes a change of state. Free without subscribers. */
export function publishChange({ id, tenant, state, epoch, version, error }: JobSummary): void {
  if (!CHANGE.hasSubscribers) return;
  // Subscribers see exactly these members.
  const change: JobChange = { job: id, tenant, state, epoch, version, ...(error && { error }) };
  CHANGE.publish(change);
}
