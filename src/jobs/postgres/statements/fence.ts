/** The fence: the common part of all writes of an attempt. */
import { ROW } from './columns.js';

/**
 * A write that changes nothing unless the job is running and the attempt is its newest; it also renews the lease.
 * Parameters: $1 id, $2 epoch, $3 now in milliseconds, $4 lease in milliseconds; those of the change from $5 on.
 */
export const fenced = (schema: string, change: string): string => `
UPDATE ${schema}.job
SET version = version + 1, changed_at = $3,
  lease_until = clock_timestamp() + make_interval(secs => $4::float8 / 1000), ${change}
WHERE id = $1 AND epoch = $2 AND state = 'running'
RETURNING ${ROW}`;

/** Merges progress so that no count decreases: an attempt may repeat a slice. */
export const forwardProgress = (parameter: string): string => {
  const furthest = ['read', 'written', 'bytesIn'].map(
    (count) => `'${count}', greatest((progress->>'${count}')::bigint, ((${parameter}::jsonb)->>'${count}')::bigint)`,
  );
  return `progress = (${parameter}::jsonb) || jsonb_build_object(${furthest.join(', ')})`;
};
