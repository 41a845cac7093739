/** What becomes of a job whose attempt has died without a word, as with its process. */
import type { JobRow } from './engine.js';
import type { JobError } from './job.js';

/** Attempts that may be lost one after the other, where nobody says. */
export const DEFAULT_ATTEMPTS = 3;

/** How long a job waits of which the second attempt, or a later one, was lost, in milliseconds: others go first. */
export const LOST_WAIT_MS = 1000;

/** Why a job fails whose attempts were lost. */
export function attemptsExhausted(attempts: number): JobError {
  const message = `${attempts} attempts at the job died without a word, each before it had come to a checkpoint; probably the job takes more memory than the process has`;
  return { code: 'ATTEMPTS_EXHAUSTED', stage: 'job', message };
}

/**
 * What changes of a job whose attempt was lost.
 * @param most attempts that may be lost one after the other
 * @param now in milliseconds since 1970
 */
export function afterLoss({ lost: before }: JobRow, most: number, now: number): Partial<JobRow> {
  const lost = before + 1;
  if (lost >= most)
    return { lost, state: 'failed', error: attemptsExhausted(lost), endedAt: now, checkpoint: undefined };
  return { lost, state: 'queued', notBefore: lost > 1 ? now + LOST_WAIT_MS : undefined };
}
