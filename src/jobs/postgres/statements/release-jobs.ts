/** The statement that releases claims. */

/**
 * Queues the unfinished jobs of an engine that closes.
 * Parameters: ids, epochs in the same order, now in milliseconds.
 */
export const releaseJobs = (schema: string): string => `
UPDATE ${schema}.job
SET version = version + 1, changed_at = $3, state = 'queued', lease_until = NULL
FROM unnest($1::text[], $2::integer[]) AS held (id, epoch)
WHERE job.id = held.id AND job.epoch = held.epoch AND job.state = 'running'`;
