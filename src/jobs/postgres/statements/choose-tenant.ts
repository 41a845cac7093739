/** The statement that chooses the next tenant. */

/** The next tenant. */
export interface Turn {
  readonly name: string;
  readonly alone: boolean;
  /** Maximum running jobs of this tenant. */
  readonly running: number;
}

/**
 * Of the tenants with a job that could run now, chooses the one that was served longest ago; of those never served, the
 * one with the oldest job. Walks along the index of queued jobs from tenant to tenant: tenants without queued jobs cost
 * nothing.
 * Parameters: now in milliseconds, maximum running jobs of tenants without one of their own, tenants to skip.
 * Rows: one name, its maximum, and whether its next job must run alone, which has priority; or none.
 */
export const chooseTenant = (schema: string): string => `
WITH RECURSIVE next (name) AS (
  (SELECT tenant FROM ${schema}.job WHERE state = 'queued' ORDER BY tenant LIMIT 1)
  UNION ALL
  SELECT (SELECT tenant FROM ${schema}.job WHERE state = 'queued' AND tenant > next.name ORDER BY tenant LIMIT 1)
  FROM next WHERE next.name IS NOT NULL
)
SELECT tenant.name, waiting.alone, coalesce(tenant.most_running, $2::integer) AS running
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
WHERE tenant.name <> ALL ($3::text[])
  AND (SELECT count(*) FROM ${schema}.job WHERE job.tenant = tenant.name AND state = 'running')
    < coalesce(tenant.most_running, $2::integer)
ORDER BY waiting.alone DESC, tenant.turn, waiting.oldest
LIMIT 1`;
