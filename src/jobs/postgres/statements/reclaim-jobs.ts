/** The statement that takes jobs from dead workers. */
import { ROW } from './columns.js';

/**
 * Takes jobs whose worker died, or was stopped for longer than its lease: the attempt is lost. The job is queued again,
 * or fails after too many lost attempts in a row. Queued jobs whose delay is longer than any, since the clock was set back,
 * wait no longer.
 * Parameters: now in milliseconds, maximum of lost attempts, the error of a job that fails, the earliest start of a job
 * that has lost more than one attempt, the latest start of any job that waits.
 * Rows: a batch of the jobs.
 */
export const reclaimJobs = (schema: string): string => `
WITH of_other_clock AS (
  UPDATE ${schema}.job SET not_before = NULL WHERE state = 'queued' AND not_before > $5
)
UPDATE ${schema}.job
SET version = version + 1, changed_at = $1, lease_until = NULL, lost = lost + 1,
  state = CASE WHEN lost + 1 >= $2 THEN 'failed' ELSE 'queued' END,
  error = CASE WHEN lost + 1 >= $2 THEN $3 ELSE error END,
  ended_at = CASE WHEN lost + 1 >= $2 THEN $1 ELSE ended_at END,
  checkpoint = CASE WHEN lost + 1 >= $2 THEN NULL ELSE checkpoint END,
  stored_bytes = CASE WHEN lost + 1 >= $2 THEN 0 ELSE stored_bytes END,
  not_before = CASE WHEN lost > 0 THEN $4::bigint ELSE NULL END
WHERE id IN (
  SELECT id FROM ${schema}.job
  WHERE state = 'running' AND lease_until < clock_timestamp()
  ORDER BY lease_until LIMIT 100
  FOR UPDATE SKIP LOCKED
)
RETURNING ${ROW}`;
