/** The statement that queues a job again whose attempt ends without an end of the job. */
import { fenced } from './fence.js';

/**
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, failures more, error or null, the time before
 * which it is not tried or null.
 * Rows: the job; none where the attempt is not the one that counts.
 */
export const requeueJob = (schema: string): string =>
  fenced(schema, `state = 'queued', failures = failures + $5, error = coalesce($6, error), not_before = $7`);
