/** The statement that says whose turn it is. */

/** Whose turn it is. */
export interface Turn {
  readonly name: string;
  readonly alone: boolean;
}

/**
 * Whose turn it is: of the tenants that have a job which could run now, the one that was served longest ago; of those
 * never served the one whose job has waited longest. It goes from tenant to tenant along the index of waiting jobs, so
 * that tenants who have none cost nothing, however many there are.
 * Parameters: now in milliseconds, how many of a tenant may run, a tenant to leave out or null.
 * Rows: one name, and whether a job of it has its turn that must run alone, which goes before all others; or none.
 */
export const chooseTenant = (schema: string): string => `
WITH RECURSIVE next (name) AS (
  (SELECT tenant FROM ${schema}.job WHERE state = 'queued' ORDER BY tenant LIMIT 1)
  UNION ALL
  SELECT (SELECT tenant FROM ${schema}.job WHERE state = 'queued' AND tenant > next.name ORDER BY tenant LIMIT 1)
  FROM next WHERE next.name IS NOT NULL
)
SELECT tenant.name, waiting.alone
FROM next JOIN ${schema}.tenant USING (name)
CROSS JOIN LATERAL (
  (SELECT number AS oldest, true AS alone FROM ${schema}.job
  WHERE job.tenant = tenant.name AND state = 'queued' AND lost > 0 AND coalesce(not_before, 0) <= $1
  ORDER BY number LIMIT 1)
  UNION ALL
  (SELECT number AS oldest, false AS alone FROM ${schema}.job
  WHERE job.tenant = tenant.name AND state = 'queued' AND coalesce(not_before, 0) <= $1
  ORDER BY number LIMIT 1)
) AS waiting
WHERE tenant.name IS DISTINCT FROM $3
  AND (SELECT count(*) FROM ${schema}.job WHERE job.tenant = tenant.name AND state = 'running') < $2
ORDER BY waiting.alone DESC, tenant.turn, waiting.oldest
LIMIT 1`;
