/** Creates runs with their id and clock, which all lower folders receive as arguments. */
import { randomUUID } from 'node:crypto';
import { clock } from '../loop/clock.js';
import {
  abortSignal,
  acceptOptions,
  callback,
  filledText,
  logger,
  type OptionTable,
} from '../options/accept-options.js';
import { Run, type RunOptions } from '../terms/run.js';
import type { RunHandle } from '../terms/run-handle.js';
import { time } from './plan-options.js';

/** The options of a run. Unless given, the id is a random UUID and the run begins now. */
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
 * Creates the handle that the streams of one pipeline share. `run.receipt` settles when every stream of the run has
 * closed: it resolves with the receipt, or rejects with the first failure.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID`
 */
export function createRun(options: CreateRunOptions = {}): RunHandle {
  acceptOptions(options, CREATE_RUN);
  return newRun(options);
}

/** Creates a run from options that were accepted. */
export function newRun(options: CreateRunOptions = {}): Run {
  const { id = randomUUID(), startedAt = Date.now() } = options;
  return new Run({ ...options, id, startedAt, now: clock });
}
