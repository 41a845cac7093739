/** The statement that reads jobs by their ids. */

/**
 * Parameters: ids.
 * Rows: the jobs that are there.
 */
export const getJobs = (schema: string): string => `SELECT * FROM ${schema}.job WHERE id = ANY ($1)`;
