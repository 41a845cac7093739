/** The statement that counts unfinished jobs. */

/** Rows: one. */
export const countJobs = (schema: string): string => `
SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued, count(*) FILTER (WHERE state = 'running')::int AS running
FROM ${schema}.job
WHERE state IN ('queued', 'running')`;
