/** What the jobs of all tenants share. */
import type { SourceName } from '../export/to-source.js';
import type { BlobStore } from '../results/blob-store.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine } from './engine.js';
import type { JobPlanOptions, JobPlans } from './job-plan.js';
import type { SourceFor } from './source-for.js';

/** What the jobs of all tenants share. */
export interface JobsParts {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly plans: JobPlans;
  /** The source of jobs, or the function that returns it. */
  readonly source: SourceName | SourceFor;
  /** How jobs read it. */
  readonly planOptions: JobPlanOptions;
  /** Maximum stored bytes of a tenant. */
  readonly quotaBytes: number;
  /** Maximum bytes of a tenant's rows with their requests. */
  readonly rowBytes: number;
  readonly now: () => number;
  readonly logger: Logger;
  /** Lifetime of links. */
  readonly linkTtlMs: number;
  readonly closing: () => boolean;
  /** Fires when the jobs are closed. */
  readonly closed: AbortSignal;
  /** Aborts the attempt of a job and waits for its end. */
  readonly abort: (id: string) => Promise<void>;
}
