/** Options of jobs, and their acceptance. */

import { type SourceName, toSource } from '../export/to-source.js';
import { acceptOptions, type Check, logger, type OptionTable, optionsIn } from '../options/accept-options.js';
import {
  bytesFrom,
  functionOf,
  type Kind,
  milliseconds,
  name,
  type Options,
  optionsOf,
  typed,
  wholeNumber,
} from '../options/option.js';
import type { BlobStore } from '../results/blob-store.js';
import { definedOnly } from '../terms/defined-only.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import { WEBHOOK_OPTIONS, type WebhookOptions } from '../webhooks/webhook-options.js';
import type { SliceLimits } from './attempt-options.js';
import type { EngineLimits } from './engine.js';
import { LONGEST_WAIT_MS } from './fair-queue.js';
import { type JobPlanOptions, JobPlans } from './job-plan.js';
import { resultsPlace } from './results-place.js';
import type { SourceFor } from './source-for.js';
import { MOST_JOBS, TENANT_LIMITS, type TenantLimits } from './tenant-limits.js';
import type { PerTenant } from './tenant-terms.js';

/** 100 years: within the range of dates in JavaScript. */
const LONGEST_MS = 100 * 366 * 24 * 60 * 60 * 1000;

/** Maximum number of concurrent attempts of a process. */
const MOST_AT_ONCE = 1000;

/** Members of the plan options that belong to each job. */
const DECIDED = ['request', 'id', 'tenant', 'now'];

export const JOB_RETRY = {
  retries: {
    kind: wholeNumber(),
    about: 'consecutive retries after system errors, without a checkpoint between them',
    default: '5',
    flag: '--retries <n>',
  },
  minDelayMs: {
    kind: milliseconds(0, LONGEST_WAIT_MS),
    about: 'delay before the first retry; doubles with each further one',
    default: '1s',
    flag: '--retry-delay <time>',
  },
  maxDelayMs: {
    kind: milliseconds(0, LONGEST_WAIT_MS),
    about: 'maximum delay',
    default: '1m, which is also the maximum',
  },
} satisfies Options;

export const SLICE_LIMITS = {
  bytes: {
    kind: bytesFrom(1),
    about: 'input between two checkpoints, which is read again when a process dies',
    default: '64 MiB',
    flag: '--slice <size>',
  },
  durationMs: {
    kind: milliseconds(1),
    about: 'maximum time between two checkpoints',
    default: '30s',
    flag: '--slice-duration <time>',
  },
} satisfies Options;

/** Options of plans but those that belong to each job. */
const planned: Check = (value, path, faults) => {
  for (const name of Object.keys(faults.object(value, path) ?? {})) {
    if (DECIDED.includes(name)) faults.add('INVALID', `${path}.${name}`, 'is decided by each job');
  }
};

const limited = optionsIn<TenantLimits>(TENANT_LIMITS);
const kept = milliseconds(0, LONGEST_MS);
const linked = milliseconds(1, LONGEST_MS);

/** The checks of what functions of the tenant return. */
export const TERMS_CHECKS = { plan: planned, limits: limited, resultTtlMs: kept.check, linkTtlMs: linked.check };

/** A value, or a function of the tenant. */
function perTenant(type: string, accept: Check, { syntax, range }: Partial<Kind> = {}): Kind {
  return {
    ...definedOnly({ syntax, range }),
    type: `PerTenant<${type}>`,
    check: (value, path, faults) => typeof value === 'function' || accept(value, path, faults),
  };
}

export const JOBS_OPTIONS = {
  source: {
    kind: typed('SourceName | SourceFor'),
    about:
      'where the entities come from, or a function of who asks, `{ tenant, job, request, signal }`, that returns it or a promise of it; it is called at each attempt',
    details:
      'Files, plain or in Zstandard, resume after the last slice; gzip and iterables restart from the beginning.',
  },
  plan: {
    kind: perTenant('JobPlanOptions', planned),
    about:
      'options of the export of every job: how the source is read, the profiles, the packing unless a profile states it',
  },
  limits: { kind: perTenant('TenantLimits', limited), about: 'limits of one tenant' },
  concurrency: {
    kind: wholeNumber(0, MOST_AT_ONCE),
    about: 'jobs that run at the same time in this process; with 0 it only accepts jobs and serves results',
    default: '4',
    flag: '--concurrency <n>',
  },
  resultTtlMs: {
    kind: perTenant('number', kept.check, kept),
    about: 'lifetime of a result, from the end of its job',
    default: '1d',
    flag: '--result-ttl <time>',
  },
  linkTtlMs: {
    kind: perTenant('number', linked.check, linked),
    about: 'lifetime of a link to a file',
    default: '1h, as documented',
    flag: '--link-ttl <time>',
  },
  jobTtlMs: {
    kind: milliseconds(0, LONGEST_MS),
    about: 'lifetime of an ended job without a result',
    default: '7d',
    flag: '--job-ttl <time>',
  },
  slice: {
    kind: optionsOf<SliceLimits>('Partial<SliceLimits>', SLICE_LIMITS),
    about: 'maximum size of a slice, which ends with a checkpoint',
  },
  retry: {
    kind: optionsOf<JobRetry>('JobRetry', JOB_RETRY),
    about: 'how attempts that fail with a system error are retried',
  },
  webhooks: {
    kind: optionsOf<WebhookOptions>('WebhookOptions', WEBHOOK_OPTIONS),
    about: 'how the ends of jobs are told to addresses of tenants, and to those that submissions name',
  },
  maxAttempts: {
    kind: wholeNumber(1, MOST_JOBS),
    about:
      'consecutive attempts that may die with their process before their first checkpoint, until the job fails with `ATTEMPTS_EXHAUSTED`',
    details: 'Shutdowns do not count.',
    default: '3',
  },
  logger: {
    kind: typed('Logger', logger),
    about: 'a logger with the methods of pino: one line per change of state, with the id',
    default: 'silent',
  },
  now: { kind: functionOf('() => number'), about: 'a clock in milliseconds since 1970', default: 'the system clock' },
} satisfies Options;

/** What `openJobs` has beside the options of all jobs. */
export const FOLDER_OPTIONS = {
  dataDir: {
    kind: name,
    about: 'the folder of jobs and results; created if missing. One process owns it',
  },
  results: {
    kind: perTenant('string | BlobStore', resultsPlace),
    about: 'storage of results instead of a subfolder: another folder, `s3://bucket/prefix`, or a store',
  },
} satisfies Options;

export const FOLDER_JOBS_OPTIONS = { ...FOLDER_OPTIONS, ...JOBS_OPTIONS };

// The interfaces are written from the tables by `npm run options`.

/** How a job is retried after a system error, such as a full disk or a service that is down. */
export interface JobRetry {
  /** Consecutive retries after system errors, without a checkpoint between them. Default: 5. */
  readonly retries?: number;
  /** Delay before the first retry; doubles with each further one. Default: 1s. */
  readonly minDelayMs?: number;
  /** Maximum delay. Default: 1m, which is also the maximum. */
  readonly maxDelayMs?: number;
}

/** Options of jobs, wherever they are stored. */
export interface JobsOptions {
  /**
   * Where the entities come from, or a function of who asks, `{ tenant, job, request, signal }`, that returns it or a
   * promise of it; it is called at each attempt. Files, plain or in Zstandard, resume after the last slice; gzip and
   * iterables restart from the beginning.
   */
  readonly source: SourceName | SourceFor;
  /**
   * Options of the export of every job: how the source is read, the profiles, the packing unless a profile states it.
   */
  readonly plan?: PerTenant<JobPlanOptions>;
  /** Limits of one tenant. */
  readonly limits?: PerTenant<TenantLimits>;
  /** Jobs that run at the same time in this process; with 0 it only accepts jobs and serves results. Default: 4. */
  readonly concurrency?: number;
  /** Lifetime of a result, from the end of its job. Default: 1d. */
  readonly resultTtlMs?: PerTenant<number>;
  /** Lifetime of a link to a file. Default: 1h, as documented. */
  readonly linkTtlMs?: PerTenant<number>;
  /** Lifetime of an ended job without a result. Default: 7d. */
  readonly jobTtlMs?: number;
  /** Maximum size of a slice, which ends with a checkpoint. */
  readonly slice?: Partial<SliceLimits>;
  /** How attempts that fail with a system error are retried. */
  readonly retry?: JobRetry;
  /** How the ends of jobs are told to addresses of tenants, and to those that submissions name. */
  readonly webhooks?: WebhookOptions;
  /**
   * Consecutive attempts that may die with their process before their first checkpoint, until the job fails with
   * `ATTEMPTS_EXHAUSTED`. Shutdowns do not count. Default: 3.
   */
  readonly maxAttempts?: number;
  /** A logger with the methods of pino: one line per change of state, with the id. Default: silent. */
  readonly logger?: Logger;
  /** A clock in milliseconds since 1970. Default: the system clock. */
  readonly now?: () => number;
}

/** Options of jobs in a folder. */
export interface FolderJobsOptions extends JobsOptions {
  /** The folder of jobs and results; created if missing. One process owns it. */
  readonly dataDir: string;
  /** Storage of results instead of a subfolder: another folder, `s3://bucket/prefix`, or a store. */
  readonly results?: PerTenant<string | BlobStore>;
}

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
  // A function is called with tenants only.
  const plans = new JobPlans(typeof plan === 'function' ? {} : plan);
  if (typeof source === 'function' || toSource(source).reopenable !== false) return plans;
  const message = 'source can be read only once, but jobs read it at each attempt; pass a function that recreates it';
  throw new SluiceError('INVALID', 'accept', message, { path: 'source' });
}

/** The limits that an engine enforces where a job states none. */
export function engineLimits({
  limits = {},
  maxAttempts: attempts,
}: Pick<JobsOptions, 'limits' | 'maxAttempts'>): EngineLimits {
  const { running = 4, queued = 1000 } = typeof limits === 'function' ? {} : limits;
  return { running, queued, maxAttempts: attempts };
}
