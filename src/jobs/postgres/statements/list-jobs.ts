/** The statement that lists the jobs of a tenant. */

/**
 * Parameters: tenant, how many, the id behind which to begin or null. An id that the tenant has not is not heeded.
 * Rows: jobs, the newest first.
 */
export const listJobs = (schema: string): string => `
SELECT * FROM ${schema}.job
WHERE tenant = $1
  AND number < coalesce((SELECT number FROM ${schema}.job WHERE id = $3 AND tenant = $1), 9223372036854775807)
ORDER BY number DESC
LIMIT $2`;
