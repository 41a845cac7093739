/** The statement that counts the jobs of a tenant that a search finds. */
import { matching, stateNow } from './matching-jobs.js';

/**
 * Parameters: those of the condition.
 * Rows: one for each state, with the number of jobs.
 */
export const tallyJobs = (schema: string): string => `
SELECT ${stateNow('$4')} AS state, count(*)::float8 AS count
FROM ${schema}.job
WHERE ${matching(schema)}
GROUP BY 1`;
