/** The statement that renews leases. */

/**
 * Prolongs the leases of attempts.
 * Parameters: ids, epochs in the same order, lease in milliseconds.
 * Rows: the ids of those that still count.
 */
export const renewLeases = (schema: string): string => `
UPDATE ${schema}.job
SET lease_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
FROM unnest($1::text[], $2::integer[]) AS held (id, epoch)
WHERE job.id = held.id AND job.epoch = held.epoch AND job.state = 'running'
RETURNING job.id`;
