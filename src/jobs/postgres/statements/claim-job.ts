/** The statement that starts an attempt. */
import { WHOLE_ROW } from './columns.js';

/**
 * Starts an attempt of a tenant's queued job of the highest priority, the oldest of these, under the tenant's lock.
 * Parameters: tenant, now in milliseconds, maximum running jobs per tenant, lease in milliseconds, whether to choose a
 * job that must run alone, id of the worker.
 * Rows: the job; none if another engine was faster.
 */
export const claimJob = (schema: string): string =>
  `SELECT ${WHOLE_ROW} FROM ${schema}.claim_job($1, $2, $3, make_interval(secs => $4::float8 / 1000), $5, $6)`;
