/** The statement that expires results. */

/**
 * Expires the results whose time is over.
 * Parameters: now in milliseconds.
 * Rows: the jobs.
 */
export const expireResults = (schema: string): string => `
UPDATE ${schema}.job
SET version = version + 1, changed_at = $1, state = 'expired', files = '[]', stored_bytes = 0
WHERE state IN ('completed', 'completedWithNoRecords', 'completedWithErrors') AND coalesce(expires_at, 0) <= $1
RETURNING *`;
