/** Lost attempts: those that end without a result or an error, as when their process dies. */
import type { JobRow } from './engine.js';
import type { JobError } from './job.js';

/** Default maximum of lost attempts in a row. */
export const DEFAULT_ATTEMPTS = 3;

/** Delay after the second and each later lost attempt, in milliseconds: other jobs go first. */
export const LOST_WAIT_MS = 1000;

/** The error of a job whose attempts were lost. */
export function attemptsExhausted(attempts: number): JobError {
  const message = `${attempts} attempts died in a row without an error, each before its first checkpoint: the process was killed, or the job needs more memory than it has; sorted results and deltas have no checkpoint`;
  return { code: 'ATTEMPTS_EXHAUSTED', stage: 'job', message };
}

/**
 * The change of a job after a lost attempt.
 * @param most maximum of lost attempts in a row
 * @param now in milliseconds since 1970
 */
export function afterLoss({ lost: before }: JobRow, most: number, now: number): Partial<JobRow> {
  const lost = before + 1;
  if (lost >= most)
    return { lost, state: 'failed', error: attemptsExhausted(lost), endedAt: now, checkpoint: undefined };
  return { lost, state: 'queued', notBefore: lost > 1 ? now + LOST_WAIT_MS : undefined };
}
