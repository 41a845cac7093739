/** Limits of the jobs of one tenant. */
import { type Check, count } from '../options/accept-options.js';
import { type Options, wholeNumber } from '../options/option.js';

/** The maximum of an integer column. */
export const MOST_JOBS = 2 ** 31 - 1;

/** A whole number, or `Infinity` for no limit. */
const amount: Check = (value, path, faults) => {
  if (value !== Number.POSITIVE_INFINITY) count()(value, path, faults);
};

export const TENANT_LIMITS = {
  running: {
    kind: wholeNumber(1, MOST_JOBS),
    about: 'running jobs of a tenant, in all processes',
    default: '4, as documented',
    flag: '--max-running <n>',
  },
  queued: {
    kind: wholeNumber(0, MOST_JOBS),
    about: 'queued jobs of a tenant',
    default: '1000',
    flag: '--max-queued <n>',
  },
  bytes: {
    kind: { type: 'number', check: amount, syntax: 'size' },
    about: 'stored bytes of all results of a tenant, and of its jobs with their requests',
    default: 'no limit',
    flag: '--max-stored <size>',
  },
  records: {
    kind: { type: 'number', check: amount, syntax: 'count' },
    about: 'records that one job may write',
    default: 'no limit',
    flag: '--max-records-per-job <n>',
  },
  rowBytes: {
    kind: { type: 'number', check: amount },
    about: 'stored bytes of the jobs of a tenant with their requests, without results, until they are deleted',
    default: '256 MiB',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** Limits of one tenant. */
export interface TenantLimits {
  /** Running jobs of a tenant, in all processes. Default: 4, as documented. */
  readonly running?: number;
  /** Queued jobs of a tenant. Default: 1000. */
  readonly queued?: number;
  /** Stored bytes of all results of a tenant, and of its jobs with their requests. Default: no limit. */
  readonly bytes?: number;
  /** Records that one job may write. Default: no limit. */
  readonly records?: number;
  /**
   * Stored bytes of the jobs of a tenant with their requests, without results, until they are deleted. Default: 256
   * MiB.
   */
  readonly rowBytes?: number;
}
