/** The statement that says whose turn it is. */

/**
 * Whose turn it is: of the tenants that have a job which could run now, the one that was served longest ago; of those
 * never served the one whose job has waited longest.
 * Parameters: now in milliseconds, how many of a tenant may run, a tenant to leave out or null.
 * Rows: one name, or none.
 */
export const chooseTenant = (schema: string): string => `
SELECT tenant.name
FROM ${schema}.tenant
CROSS JOIN LATERAL (
  SELECT min(number) AS oldest FROM ${schema}.job
  WHERE job.tenant = tenant.name AND state = 'queued' AND coalesce(not_before, 0) <= $1
) AS waiting
WHERE waiting.oldest IS NOT NULL
  AND tenant.name IS DISTINCT FROM $3
  AND (SELECT count(*) FROM ${schema}.job WHERE job.tenant = tenant.name AND state = 'running') < $2
ORDER BY tenant.turn, waiting.oldest
LIMIT 1`;
