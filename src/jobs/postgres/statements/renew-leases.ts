/** The statement that renews leases. */

/**
 * Renews the leases of attempts. Skips locked jobs, so that they do not delay the others: the statement that locks a job
 * renews its lease, or prevents that it is reclaimed.
 * Parameters: ids, epochs in the same order, lease in milliseconds.
 * Rows: the ids of the attempts that still count.
 */
export const renewLeases = (schema: string): string => `
WITH counting AS (
  SELECT job.id FROM ${schema}.job
  JOIN unnest($1::text[], $2::integer[]) AS held (id, epoch) ON job.id = held.id AND job.epoch = held.epoch
  WHERE job.state = 'running'
), free AS (
  SELECT id FROM ${schema}.job WHERE id IN (SELECT id FROM counting) FOR UPDATE SKIP LOCKED
), renewed AS (
  UPDATE ${schema}.job SET lease_until = clock_timestamp() + make_interval(secs => $3::float8 / 1000)
  WHERE id IN (SELECT id FROM free)
)
SELECT id FROM counting`;
