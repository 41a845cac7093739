/** The statement that finds jobs which may be forgotten. */
import { ROW } from './columns.js';

/**
 * Jobs that ended long ago and have no result any more.
 * Parameters: a time in milliseconds; those that ended before it are told.
 * Rows: the jobs, some at a time.
 */
export const findOver = (schema: string): string => `
SELECT ${ROW} FROM ${schema}.job
WHERE state IN ('failed', 'cancelled', 'expired') AND coalesce(ended_at, 0) < $1
LIMIT 1000`;
