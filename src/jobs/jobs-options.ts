/** The options of jobs, and how they are accepted. */

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
import type { FaultHook } from './fault-points.js';
import { type JobPlanOptions, JobPlans } from './job-plan.js';

/** How much a tenant may have. */
export interface TenantLimits {
  /** Jobs that run at the same time; default 4, as documented. */
  readonly running?: number;
  /** Jobs that wait; default 1,000. */
  readonly queued?: number;
  /** Bytes of all results, and of jobs with their requests, that are kept; default no limit. */
  readonly bytes?: number;
  /** Records that one job may write; default no limit. */
  readonly records?: number;
  /** Bytes of all its jobs with their requests, without results; default 256 MiB. Ended jobs count until they go. */
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
   * Where entities come from. A function is asked at each attempt, so that an iterable can be made anew. Plain files
   * are taken up again behind the last slice; gzip and iterables start from their beginning.
   */
  readonly source: SourceName | (() => SourceName);
  /** How the source is read, which profiles there are, how results are packed where no profile says it. */
  readonly plan?: JobPlanOptions;
  readonly limits?: TenantLimits;
  /** Jobs that run at the same time in this process; default 4. 0: it only takes jobs in, and gives results out. */
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
  /** A clock in milliseconds since 1970; default the system's. */
  readonly now?: () => number;
  /** For tests: called at each fault point of each attempt. */
  readonly onFaultPoint?: FaultHook;
}

/** What jobs in a folder are made of. */
export interface FolderJobsOptions extends JobsOptions {
  /** The folder that holds jobs and results; made when it is not there. One process owns it. */
  readonly dataDir: string;
  /** Where results lie, in place of a folder in there: another one, `s3://bucket/prefix`, or a store. */
  readonly results?: string | BlobStore;
}

/** A hundred years: more than anybody waits, and within the dates that JavaScript knows. */
const LONGEST_MS = 100 * 366 * 24 * 60 * 60 * 1000;

/** The largest number that databases take for a count of jobs. */
const MOST_JOBS = 2 ** 31 - 1;

/** Attempts that one process makes at the same time, at the most. */
const MOST_AT_ONCE = 1000;

/** A time that something is kept. */
const keptMs = count(0, LONGEST_MS);

/** A whole number, or `Infinity` for no limit. */
const amount: Check = (value, path, faults) => {
  if (value !== Number.POSITIVE_INFINITY) count()(value, path, faults);
};

/** Members of plan options that each job decides for itself. */
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

/** Where results lie: a folder, an address, or a store. */
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
  onFaultPoint: callback,
};

export const FOLDER_JOBS_OPTIONS: OptionTable<FolderJobsOptions> = {
  ...JOBS_OPTIONS,
  dataDir: filledText,
  results: resultsPlace,
};

/**
 * Accepts the options of jobs.
 * @returns the plans of jobs, for which profiles are accepted here
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` with all faults; as `planExport` does; `INVALID` for a source that can be
 * read once only
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
  const message = 'source gives its entities once, and jobs read them at each attempt; let a function make it anew';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}
