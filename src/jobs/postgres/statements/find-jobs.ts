/** The statement that searches the jobs of a tenant. */
import { type JobSearch, MOST_FOUND, type TimeName } from '../../job-search.js';

/**
 * Parameters: those of `findValues`.
 * Rows: one, with the ids of the page in order, and the number of all found jobs.
 */
export const findJobs = (schema: string): string => `
WITH found AS (
  SELECT id, number, CASE $12::text WHEN 'changedAt' THEN changed_at WHEN 'startedAt' THEN started_at
    ELSE created_at END * $13::integer AS sort_key
  FROM ${schema}.job
  WHERE tenant = $1
    AND ($2::text[] IS NULL OR id = ANY ($2))
    AND ($3::text[] IS NULL OR $3 @> ARRAY[CASE
      WHEN state IN ('completed', 'completedWithNoRecords', 'completedWithErrors') AND expires_at <= $4::bigint
      THEN 'expired' ELSE state END])
    AND ($5::bigint IS NULL OR created_at >= $5) AND ($6::bigint IS NULL OR created_at <= $6)
    AND ($7::bigint IS NULL OR changed_at >= $7) AND ($8::bigint IS NULL OR changed_at <= $8)
    AND ($9::bigint IS NULL OR started_at >= $9) AND ($10::bigint IS NULL OR started_at <= $10)
    AND NOT EXISTS (
      SELECT FROM jsonb_array_elements($11::jsonb) AS test
      WHERE coalesce(CASE WHEN test -> 'values' IS NULL THEN facts -> 'searched' ? (test ->> 'name')
          ELSE (test -> 'values') ? (facts -> 'searched' ->> (test ->> 'name')) END, false)
        = coalesce((test ->> 'not')::boolean, false)
    )
)
SELECT (SELECT count(*) FROM found) AS total, coalesce((
  SELECT array_agg(id ORDER BY sort_key NULLS LAST, number * $13::integer) FROM (
    SELECT * FROM found ORDER BY sort_key NULLS LAST, number * $13::integer LIMIT $14 OFFSET $15
  ) AS page
), '{}') AS ids`;

/** The parameters of the statement. */
export function findValues(tenant: string, search: JobSearch, now: number): readonly unknown[] {
  const { ids, states, facts = [], times = [], by = 'createdAt', descending = true } = search;
  const { offset = 0, limit = MOST_FOUND } = search;
  const bound = (name: TimeName, end: 'from' | 'to'): number | null => {
    // A test without bounds requires the time.
    const open = end === 'from' ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
    const bounds = times.flatMap((time) => (time.name === name ? [time[end] ?? open] : []));
    if (bounds.length === 0) return null;
    return end === 'from' ? Math.max(...bounds) : Math.min(...bounds);
  };
  const ranges = (['createdAt', 'changedAt', 'startedAt'] as const).flatMap((name) => [
    bound(name, 'from'),
    bound(name, 'to'),
  ]);
  const tests = facts.map(({ values, ...test }) => ({
    ...test,
    ...(values && { values: values.map((value) => value.toLowerCase()) }),
  }));
  return [
    ...[tenant, ids ?? null, states ?? null, now],
    ...ranges,
    ...[JSON.stringify(tests), by, descending ? -1 : 1, limit, offset],
  ];
}
