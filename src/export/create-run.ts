/** Making a run: the id and the clock come from here, everything below is given them. */
import { randomUUID } from 'node:crypto';
import {
  abortSignal,
  acceptOptions,
  callback,
  filledText,
  logger,
  type OptionTable,
} from '../options/accept-options.js';
import { Run, type RunOptions } from '../terms/run.js';
import { time } from './plan-export.js';

/** What a caller may say of a run; the id is a random UUID unless given, and the run begins now. */
export type CreateRunOptions = Partial<Omit<RunOptions, 'now'>>;

const CREATE_RUN: OptionTable<CreateRunOptions> = {
  id: filledText,
  startedAt: time,
  signal: abortSignal,
  logger,
  onProgress: callback,
  onReject: callback,
};

/**
 * Makes the handle that the stages of one export share. `run.receipt` settles when every stage that was given the run
 * has closed: with the receipt, or with the first failure. It is for one pipeline.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID`
 */
export function createRun(options: CreateRunOptions = {}): Run {
  acceptOptions(options, CREATE_RUN);
  const { id = randomUUID(), startedAt = Date.now() } = options;
  return new Run({ ...options, id, startedAt, now: () => performance.now() });
}
