/** The statement that takes jobs from workers that are gone. */

/**
 * Queues again what was running when its worker died, or was stopped for longer than its lease.
 * Parameters: now in milliseconds.
 * Rows: the jobs, some at a time.
 */
export const reclaimJobs = (schema: string): string => `
UPDATE ${schema}.job
SET version = version + 1, changed_at = $1, state = 'queued', lease_until = NULL
WHERE id IN (
  SELECT id FROM ${schema}.job
  WHERE state = 'running' AND lease_until < clock_timestamp()
  ORDER BY lease_until LIMIT 100
  FOR UPDATE SKIP LOCKED
)
RETURNING *`;
