/** The statements that count unfinished jobs. */

/** Rows: one. */
export const countJobs = (schema: string): string => `
SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued, count(*) FILTER (WHERE state = 'running')::int AS running
FROM ${schema}.job
WHERE state IN ('queued', 'running')`;

/** Rows: one for each tenant with such jobs, by their names as bytes. */
export const countByTenant = (schema: string): string => `
SELECT tenant, count(*) FILTER (WHERE state = 'queued')::int AS queued,
  count(*) FILTER (WHERE state = 'running')::int AS running
FROM ${schema}.job
WHERE state IN ('queued', 'running')
GROUP BY tenant
ORDER BY tenant COLLATE "C"`;
