/** Making a run: the id and the clock come from here, everything below is given them. */
import { randomUUID } from 'node:crypto';
import { Run, type RunOptions } from '../terms/run.js';

/** What a caller may say of a run; the id is a random UUID unless given, and the run begins now. */
export type CreateRunOptions = Partial<Omit<RunOptions, 'now'>>;

/**
 * Makes the handle that the stages of one export share. `run.receipt` settles when every stage that was given the run
 * has closed: with the receipt, or with the first failure.
 */
export function createRun(options: CreateRunOptions = {}): Run {
  const { id = randomUUID(), startedAt = Date.now() } = options;
  return new Run({ ...options, id, startedAt, now: () => performance.now() });
}
