/** The statement that expires results. */
import { ROW } from './columns.js';

/**
 * Expires due results.
 * Parameters: now in milliseconds.
 * Rows: a batch of their jobs.
 */
export const expireResults = (schema: string): string => `
UPDATE ${schema}.job
SET version = version + 1, changed_at = $1, state = 'expired', files = '[]', stored_bytes = 0
WHERE id IN (
  SELECT id FROM ${schema}.job
  WHERE state IN ('completed', 'completedWithNoRecords', 'completedWithErrors') AND coalesce(expires_at, 0) <= $1
  LIMIT 1000
  FOR UPDATE SKIP LOCKED
)
RETURNING ${ROW}`;
