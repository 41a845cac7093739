/** The statement that ends a job: the one write that makes its result exist. */
import { fenced, forwardProgress } from './fence.js';

/**
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, progress or null to keep it, state, receipt, files,
 * their bytes, error, expiry of the result.
 * Rows: the job; none if the attempt was superseded.
 */
export const finishJob = (schema: string): string =>
  fenced(
    schema,
    `${forwardProgress('coalesce($5::jsonb, progress)')}, state = $6, receipt = $7, files = $8, stored_bytes = $9,
  error = $10, expires_at = $11, ended_at = $3, checkpoint = NULL`,
  );
