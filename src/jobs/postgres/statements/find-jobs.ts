/** The statement that searches the jobs of a tenant. */
import { type JobSearch, MOST_FOUND } from '../../job-search.js';
import { MATCHING, matching, matchingValues } from './matching-jobs.js';

const [BY, SIGN, LIMIT, OFFSET] = [1, 2, 3, 4].map((after) => `$${MATCHING + after}`);

/**
 * Parameters: those of `findValues`.
 * Rows: one, with the ids of the page in order, and the number of all found jobs.
 */
export const findJobs = (schema: string): string => `
WITH found AS (
  SELECT id, number, CASE ${BY}::text WHEN 'changedAt' THEN changed_at WHEN 'startedAt' THEN started_at
    ELSE created_at END * ${SIGN}::integer AS sort_key
  FROM ${schema}.job
  WHERE ${matching(schema)}
)
SELECT (SELECT count(*) FROM found) AS total, coalesce((
  SELECT array_agg(id ORDER BY sort_key NULLS LAST, number * ${SIGN}::integer) FROM (
    SELECT * FROM found ORDER BY sort_key NULLS LAST, number * ${SIGN}::integer LIMIT ${LIMIT} OFFSET ${OFFSET}
  ) AS page
), '{}') AS ids`;

/** The parameters of the statement. */
export function findValues(tenant: string, search: JobSearch, now: number): readonly unknown[] {
  const { by = 'createdAt', descending = true, offset = 0, limit = MOST_FOUND } = search;
  return [...matchingValues(tenant, search, now), by, descending ? -1 : 1, limit, offset];
}
