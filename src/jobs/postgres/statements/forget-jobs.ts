/** The statement that deletes jobs. */
import { ROW } from './columns.js';

/**
 * Deletes jobs that ended long ago and have no result any more.
 * Parameters: a time in milliseconds; those that ended before it go.
 * Rows: the jobs, some at a time.
 */
export const forgetJobs = (schema: string): string => `
DELETE FROM ${schema}.job
WHERE id IN (
  SELECT id FROM ${schema}.job
  WHERE state IN ('failed', 'cancelled', 'expired') AND coalesce(ended_at, 0) < $1
  LIMIT 1000
  FOR UPDATE SKIP LOCKED
)
RETURNING ${ROW}`;
