/** The options of jobs, and how they are accepted. */

import { planExport } from '../export/plan-export.js';
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
  timerMs,
} from '../options/accept-options.js';
import type { BlobStore } from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { SliceLimits } from './attempt-options.js';
import type { FaultHook } from './fault-points.js';
import type { JobPlanOptions } from './job-plan.js';

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

/** What jobs are made of, wherever they are kept. */
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
  /** How long results are kept, in milliseconds, at most a hundred years as every time here; default a day. */
  readonly keepResultsMs?: number;
  /** How long links to files live, in milliseconds; default an hour, as documented. */
  readonly linkMs?: number;
  /** How long jobs that have ended, and have no result any more, are known, in milliseconds; default a week. */
  readonly keepJobsMs?: number;
  /** How long a slice may be; default 64 MiB of input and 30 seconds. */
  readonly slice?: Partial<SliceLimits>;
  /** How often a job is tried again behind an error of the system; default 5. */
  readonly retries?: number;
  /**
   * How many attempts at a job may die one after the other, each with its process and before it had come to a
   * checkpoint, until the job fails with `ATTEMPTS_EXHAUSTED`; default 3. Shutdowns do not count.
   */
  readonly attempts?: number;
  /** Wait before the first of these tries, doubled each time up to a minute, in milliseconds; default 1,000. */
  readonly retryWaitMs?: number;
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
  keepResultsMs: keptMs,
  linkMs: count(1, LONGEST_MS),
  keepJobsMs: keptMs,
  slice: optionsIn<SliceLimits>({ bytes: count(1), ms: count(1) }),
  retries: count(),
  attempts: count(1, MOST_JOBS),
  retryWaitMs: timerMs(),
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
 * Refuses options that no job could have.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` with all faults; as `planExport` does; `INVALID` for a source that can be
 * read once only
 */
export function acceptJobsOptions<Options extends JobsOptions>(options: Options, table: OptionTable<Options>): void {
  if (options === undefined) throw new SluiceError('INVALID', 'accept', 'jobs need options', { path: 'options' });
  acceptOptions(options, table);
  const { plan = {}, source } = options;
  planExport(plan);
  if (typeof source === 'function' || toSource(source).reopenable !== false) return;
  const message = 'source gives its entities once, and jobs read them at each attempt; let a function make it anew';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}
