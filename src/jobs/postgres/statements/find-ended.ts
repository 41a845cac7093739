/** The statement that finds jobs to be deleted. */
import { ROW } from './columns.js';

/**
 * Jobs without a result that ended long ago.
 * Parameters: a time in milliseconds, before which they ended.
 * Rows: a batch of jobs.
 */
export const findEnded = (schema: string): string => `
SELECT ${ROW} FROM ${schema}.job
WHERE state IN ('failed', 'cancelled', 'expired') AND coalesce(ended_at, 0) < $1
LIMIT 1000`;
