/** The statement that deletes a job. */
import { ROW } from './columns.js';

/**
 * Deletes an ended job.
 * Parameters: id.
 * Rows: the job; none if it is missing or has not ended.
 */
export const removeJob = (schema: string): string => `
DELETE FROM ${schema}.job WHERE id = $1 AND state NOT IN ('queued', 'running')
RETURNING ${ROW}`;
