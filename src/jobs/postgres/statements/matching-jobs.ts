/** The condition of searches: which jobs of a tenant match. */
import { type JobSearch, lowered, SEARCHED_CHARACTERS, searchedText, type TimeName } from '../../job-search.js';

/** Number of parameters of the condition, the first ones of its statement. */
export const MATCHING = 14;

/** The condition on a row of the table of jobs; its parameters are those of `matchingValues`. */
export const matching = (schema: string): string => `
tenant = $1
  AND ($2::text[] IS NULL OR id = ANY ($2))
  AND ($3::text[] IS NULL OR $3 @> ARRAY[${stateNow('$4')}])
  AND ($5::bigint IS NULL OR created_at >= $5) AND ($6::bigint IS NULL OR created_at <= $6)
  AND ($7::bigint IS NULL OR changed_at >= $7) AND ($8::bigint IS NULL OR changed_at <= $8)
  AND ($9::bigint IS NULL OR started_at >= $9) AND ($10::bigint IS NULL OR started_at <= $10)
  AND NOT EXISTS (
    SELECT FROM jsonb_array_elements($11::jsonb) AS test
    WHERE coalesce(CASE WHEN test -> 'values' IS NULL THEN facts -> 'searched' ? (test ->> 'name')
        ELSE (test -> 'values') ? (facts -> 'searched' ->> (test ->> 'name')) END, false)
      = coalesce((test ->> 'not')::boolean, false)
  )
  AND ($12::text[] IS NULL OR coalesce(facts -> 'searched' -> 'types' ?| $12, false))
  AND ($13::text[] IS NULL OR coalesce(facts -> 'searched' ->> 'submittedBy' = ANY ($13), false)
    OR coalesce(facts -> 'searched' ->> 'userId' = ANY ($13), false))
  AND ($14::text IS NULL OR strpos(id, $14) > 0
    OR strpos(${schema}.without_case(coalesce(files -> 0 ->> 'name', '')), $14) > 0
    OR strpos(${schema}.without_case(left(request::text, ${SEARCHED_CHARACTERS})), $14) > 0)`;

/** The state of a job at a time: a result past its lifetime has expired. */
export const stateNow = (now: string): string => `CASE
      WHEN state IN ('completed', 'completedWithNoRecords', 'completedWithErrors') AND expires_at <= ${now}::bigint
      THEN 'expired' ELSE state END`;

/** The parameters of the condition. */
export function matchingValues(tenant: string, search: JobSearch, now: number): readonly unknown[] {
  const { ids, states, facts = [], times = [], types, users, text } = search;
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
  const tests = facts.map(({ values, ...test }) => ({ ...test, ...(values && { values: lowered(values) }) }));
  return [
    ...[tenant, ids ?? null, states ?? null, now],
    ...ranges,
    ...[JSON.stringify(tests), types ? lowered(types) : null, users ? lowered(users) : null],
    text === undefined ? null : searchedText(text),
  ];
}
