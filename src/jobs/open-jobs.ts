/** Opening a data directory: the engine, the store and the runner behind the jobs of all tenants. */

import type { PlanOptions } from '../pipeline/plan-export.js';
import type { SourceName } from '../pipeline/to-source.js';
import type { Logger } from '../terms/logger.js';
import type { TenantJobs } from './tenant-jobs.js';

/** How much a tenant may have. */
export interface TenantLimits {
  /** Jobs that run at the same time; default 4, as documented. */
  readonly running?: number;
  /** Jobs that wait; default 1,000. */
  readonly queued?: number;
  /** Bytes of all results that are kept; default no limit. */
  readonly bytes?: number;
  /** Records that one job may write; default no limit. */
  readonly records?: number;
}

/** Options of a plan that the service decides; the rest is the request's. */
export type JobPlanOptions = Omit<PlanOptions, 'request' | 'id' | 'tenant'>;

/** What jobs are made of. */
export interface JobsOptions {
  /** The folder that holds jobs and results; made when it is not there. One process owns it. */
  readonly dataDir: string;
  /** Where entities come from; asked at each attempt, so that an iterable can be made anew. */
  readonly source: SourceName | (() => SourceName);
  /** How the source is read, which profiles there are, how results are packed where no profile says it. */
  readonly plan?: JobPlanOptions;
  readonly limits?: TenantLimits;
  /** Jobs that run at the same time in this process; default 4. */
  readonly concurrency?: number;
  /** How long results are kept, in milliseconds; default a day. */
  readonly keepResultsMs?: number;
  /** A pino-compatible logger: one line per change of state, with the id. */
  readonly logger?: Logger;
}

/** The jobs of all tenants. */
export interface Jobs {
  /** The jobs of one tenant. */
  of(tenant: string): TenantJobs;
  /** Mode of the profile that a request asks for: `ASYNC` answers the job at once, `AUTO` waits for the result. */
  modeOf(request: unknown): 'AUTO' | 'ASYNC';
  /** Stops: takes no more jobs, lets running ones come to a checkpoint and hands them back, and gives the folder up. */
  close(): Promise<void>;
}
