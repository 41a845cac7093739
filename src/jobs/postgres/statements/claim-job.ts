/** The statement that makes an attempt of a job. */
import { WHOLE_ROW } from './columns.js';

/**
 * Makes an attempt of a tenant's oldest waiting job, under the tenant's lock.
 * Parameters: tenant, now in milliseconds, how many of a tenant may run, lease in milliseconds, whether it is one of
 * those that must run alone.
 * Rows: the job; none where somebody else was faster.
 */
export const claimJob = (schema: string): string =>
  `SELECT ${WHOLE_ROW} FROM ${schema}.claim_job($1, $2, $3, make_interval(secs => $4::float8 / 1000), $5)`;
