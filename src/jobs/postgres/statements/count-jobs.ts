/** The statement that counts the jobs that are not over. */

/** Rows: one. */
export const countJobs = (schema: string): string => `
SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued, count(*) FILTER (WHERE state = 'running')::int AS running
FROM ${schema}.job
WHERE state IN ('queued', 'running')`;
