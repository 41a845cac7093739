/** For tests: jobs whose attempts call a hook at each fault point. */
import type { FaultHook } from '../../src/jobs/fault-points.js';
import type { FolderJobsOptions, JobsOptions } from '../../src/jobs/jobs-options.js';
import { type Jobs, openFolderJobs } from '../../src/jobs/open-jobs.js';
import { openDatabaseJobs, type PostgresJobsOptions } from '../../src/jobs/postgres/open-postgres-jobs.js';

/** Options with a hook. */
export type WithFaults<Options extends JobsOptions> = Options & { readonly onFaultPoint?: FaultHook };

export function openJobs({ onFaultPoint, ...options }: WithFaults<FolderJobsOptions>): Promise<Jobs> {
  return openFolderJobs(options, onFaultPoint);
}

export function openPostgresJobs({ onFaultPoint, ...options }: WithFaults<PostgresJobsOptions>): Promise<Jobs> {
  return openDatabaseJobs(options, onFaultPoint);
}
