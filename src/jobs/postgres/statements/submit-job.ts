/** The statement that adds a job. */
import { WHOLE_ROW } from './columns.js';

/**
 * Adds a job under its tenant's lock.
 * Parameters: id, tenant, idempotency key or null, request, progress, now in milliseconds, maximum queued jobs, facts or
 * null, priority.
 * Rows: the job, new or known under the id or key; none if the maximum is reached.
 */
export const submitJob = (schema: string): string =>
  `SELECT ${WHOLE_ROW} FROM ${schema}.submit_job($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
