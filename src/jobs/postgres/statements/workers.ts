/** The statements of workers: processes that run jobs. */

/** Notes that a worker is there, and forgets those that have not been for an hour. Parameters: id, host, process id. */
export const noteWorker = (schema: string): string => `
WITH gone AS (
  DELETE FROM ${schema}.worker WHERE seen_at < clock_timestamp() - interval '1 hour' AND id <> $1
)
INSERT INTO ${schema}.worker (id, host, pid) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()`;

/** Parameters: id. */
export const removeWorker = (schema: string): string => `DELETE FROM ${schema}.worker WHERE id = $1`;

/** Rows: the workers in the order of their start, with the jobs that they run; times in milliseconds since 1970. */
export const listWorkers = (schema: string): string => `
SELECT worker.id, host, pid,
  (extract(epoch FROM worker.started_at) * 1000)::bigint AS started_at,
  (extract(epoch FROM seen_at) * 1000)::bigint AS seen_at,
  coalesce(json_agg(json_build_object('id', job.id, 'tenant', job.tenant,
    'leaseUntil', (extract(epoch FROM job.lease_until) * 1000)::bigint) ORDER BY job.number)
    FILTER (WHERE job.id IS NOT NULL), '[]') AS jobs
FROM ${schema}.worker LEFT JOIN ${schema}.job ON job.worker = worker.id AND job.state = 'running'
GROUP BY worker.id
ORDER BY worker.started_at, worker.id`;
