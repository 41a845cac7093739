/** The statement that cancels a job. */
import { ROW } from './columns.js';

/**
 * Cancels an unfinished job, expires one that has a result.
 * Parameters: id, now in milliseconds, whether only an unfinished job changes.
 * Rows: the job, and its previous state; none if nothing changes.
 */
export const cancelJob = (schema: string): string => `
UPDATE ${schema}.job
SET version = job.version + 1, changed_at = $2, stored_bytes = 0, checkpoint = NULL, lease_until = NULL,
  files = CASE WHEN job.state IN ('queued', 'running') THEN job.files ELSE '[]' END,
  ended_at = CASE WHEN job.state IN ('queued', 'running') THEN $2 ELSE job.ended_at END,
  state = CASE WHEN job.state IN ('queued', 'running') THEN 'cancelled' ELSE 'expired' END
WHERE id = $1
  AND (state IN ('queued', 'running')
    OR NOT $3::boolean AND state IN ('completed', 'completedWithNoRecords', 'completedWithErrors'))
RETURNING ${ROW}`;
