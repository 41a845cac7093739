/** The statement that deletes a job. */
import { ROW } from './columns.js';

/**
 * Deletes a job that is over.
 * Parameters: id.
 * Rows: the job; none where there is none, or it is not over.
 */
export const removeJob = (schema: string): string => `
DELETE FROM ${schema}.job WHERE id = $1 AND state NOT IN ('queued', 'running')
RETURNING ${ROW}`;
