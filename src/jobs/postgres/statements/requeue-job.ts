/** The statement that requeues a job. */
import { fenced } from './fence.js';

/**
 * Parameters: id, epoch, now in milliseconds, lease in milliseconds, failures to add, error or null, earliest start or
 * null.
 * Rows: the job; none if the attempt was superseded.
 */
export const requeueJob = (schema: string): string =>
  fenced(schema, `state = 'queued', failures = failures + $5, error = coalesce($6, error), not_before = $7`);
