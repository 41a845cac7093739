/** Options of jobs, and their acceptance. */

import { type SourceName, toSource } from '../export/to-source.js';
import {
  acceptOptions,
  anything,
  type Check,
  callback,
  check,
  count,
  filledText,
  logger,
  type OptionTable,
  optionsIn,
} from '../options/accept-options.js';
import type { BlobStore } from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { SliceLimits } from './attempt-options.js';
import { LONGEST_WAIT_MS } from './fair-queue.js';
import { type JobPlanOptions, JobPlans } from './job-plan.js';

/** Limits of one tenant. */
export interface TenantLimits {
  /** Running jobs; default 4, as documented. */
  readonly running?: number;
  /** Queued jobs; default 1,000. */
  readonly queued?: number;
  /** Stored bytes of all its results and of its jobs with their requests; default no limit. */
  readonly bytes?: number;
  /** Records that one job may write; default no limit. */
  readonly records?: number;
  /** Stored bytes of its jobs with their requests, without results, until they are deleted; default 256 MiB. */
  readonly rowBytes?: number;
}

/** How a job is retried after a system error, such as a full disk or a service that is down. */
export interface JobRetry {
  /** Consecutive retries without a checkpoint between them; default 5. */
  readonly retries?: number;
  /** Delay before the first retry; doubles with each further one. Default 1,000. */
  readonly minDelayMs?: number;
  /** Maximum delay; default and upper bound 60,000. */
  readonly maxDelayMs?: number;
}

/** Options of jobs, wherever they are stored. */
export interface JobsOptions {
  /**
   * The source of the entities. A function is called at each attempt, so that an iterable can be recreated. Plain files
   * resume after the last slice; gzip and iterables restart from the beginning.
   */
  readonly source: SourceName | (() => SourceName);
  /** How the source is read, the profiles, and how results are packed unless a profile states it. */
  readonly plan?: JobPlanOptions;
  readonly limits?: TenantLimits;
  /** Concurrent jobs of this process; default 4. With 0 it only accepts jobs and serves results. */
  readonly concurrency?: number;
  /** Lifetime of a result, from the end of its job; default one day. All lifetimes: at most 100 years. */
  readonly resultTtlMs?: number;
  /** Lifetime of a link to a file; default one hour, as documented. */
  readonly linkTtlMs?: number;
  /** Lifetime of an ended job without a result; default one week. */
  readonly jobTtlMs?: number;
  /** Maximum size of a slice; default 64 MiB of input and 30 seconds. */
  readonly slice?: Partial<SliceLimits>;
  /** How attempts that fail with a system error are retried. */
  readonly retry?: JobRetry;
  /**
   * How many consecutive attempts of a job may die with their process, before their first checkpoint, until the job
   * fails with `ATTEMPTS_EXHAUSTED`; default 3. Shutdowns do not count.
   */
  readonly maxAttempts?: number;
  /** A pino-compatible logger: one line per change of state, with the id. */
  readonly logger?: Logger;
  /** A clock in milliseconds since 1970; default the system clock. */
  readonly now?: () => number;
}

/** Options of jobs in a folder. */
export interface FolderJobsOptions extends JobsOptions {
  /** The folder of jobs and results; created if missing. One process owns it. */
  readonly dataDir: string;
  /** Storage of results instead of a subfolder: another folder, `s3://bucket/prefix`, or a store. */
  readonly results?: string | BlobStore;
}

/** 100 years: within the range of dates in JavaScript. */
const LONGEST_MS = 100 * 366 * 24 * 60 * 60 * 1000;

/** The maximum of an integer column. */
const MOST_JOBS = 2 ** 31 - 1;

/** Maximum number of concurrent attempts of a process. */
const MOST_AT_ONCE = 1000;

/** A lifetime. */
const keptMs = count(0, LONGEST_MS);

/** A whole number, or `Infinity` for no limit. */
const amount: Check = (value, path, faults) => {
  if (value !== Number.POSITIVE_INFINITY) count()(value, path, faults);
};

/** Members of the plan options that belong to each job. */
const DECIDED = ['request', 'id', 'tenant', 'now'];

const LIMITS: OptionTable<TenantLimits> = {
  running: count(1, MOST_JOBS),
  queued: count(0, MOST_JOBS),
  bytes: amount,
  records: amount,
  rowBytes: amount,
};

const RETRY: OptionTable<JobRetry> = {
  retries: count(),
  minDelayMs: count(0, LONGEST_WAIT_MS),
  maxDelayMs: count(0, LONGEST_WAIT_MS),
};

/** Storage of results: a folder, an address, or a store. */
export const resultsPlace: Check = check(
  (value) =>
    (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null && 'create' in value),
  'a folder, s3://bucket/prefix or a store',
);

export const JOBS_OPTIONS: OptionTable<JobsOptions> = {
  source: anything,
  plan: (value, path, faults) => {
    for (const name of Object.keys(faults.object(value, path) ?? {})) {
      if (DECIDED.includes(name)) faults.add('INVALID', `${path}.${name}`, 'is decided by each job');
    }
  },
  limits: optionsIn(LIMITS),
  concurrency: count(0, MOST_AT_ONCE),
  resultTtlMs: keptMs,
  linkTtlMs: count(1, LONGEST_MS),
  jobTtlMs: keptMs,
  slice: optionsIn<SliceLimits>({ bytes: count(1), durationMs: count(1) }),
  retry: optionsIn(RETRY),
  maxAttempts: count(1, MOST_JOBS),
  logger,
  now: callback,
};

export const FOLDER_JOBS_OPTIONS: OptionTable<FolderJobsOptions> = {
  ...JOBS_OPTIONS,
  dataDir: filledText,
  results: resultsPlace,
};

/**
 * Accepts the options of jobs.
 * @returns the plans of jobs, with the accepted profiles
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` with all faults; those of `planExport`; `INVALID` for a source that can
 * be read only once
 */
export function acceptJobsOptions<Options extends JobsOptions>(
  options: Options,
  table: OptionTable<Options>,
): JobPlans {
  if (options === undefined) throw new SluiceError('INVALID', 'accept', 'jobs need options', { path: 'options' });
  acceptOptions(options, table);
  const { plan = {}, source } = options;
  const plans = new JobPlans(plan);
  if (typeof source === 'function' || toSource(source).reopenable !== false) return plans;
  const message = 'source can be read only once, but jobs read it at each attempt; pass a function that recreates it';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}
