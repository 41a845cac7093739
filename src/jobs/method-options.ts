/** The options of the methods of a tenant's jobs. */
import { abortSignal, count, type OptionTable, oneOf, text, timerMs } from '../options/accept-options.js';
import { BLOB_CONTENTS } from '../terms/profile.js';
import { JOB_FILTER } from './job-filter.js';
import type {
  EnvelopeOptions,
  ListOptions,
  ReadOptions,
  WaitForOptions,
  WatchAllOptions,
  WatchOptions,
} from './tenant-jobs.js';

/** Default number of jobs in a page. */
export const PAGE = 50;

const LARGEST_PAGE = 500;

export const LIST_OPTIONS: OptionTable<ListOptions> = {
  ...JOB_FILTER,
  limit: count(1, LARGEST_PAGE),
  after: text,
};

export const WATCH_OPTIONS: OptionTable<WatchOptions> = { after: count(), signal: abortSignal };

export const READ_OPTIONS: OptionTable<ReadOptions> = { signal: abortSignal };

export const WAIT_FOR_OPTIONS: OptionTable<WaitForOptions> = { timeoutMs: timerMs(), signal: abortSignal };

export const ENVELOPE_OPTIONS: OptionTable<EnvelopeOptions> = { content: oneOf(BLOB_CONTENTS) };

export const WATCH_ALL_OPTIONS: OptionTable<WatchAllOptions> = { signal: abortSignal };
