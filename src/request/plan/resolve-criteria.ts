/** Resolves date math in bounds of criteria, such as `now-7d/d`, to date-times when an export is planned. */
import type { Condition, Conditions, Criteria, Operators, RelationshipCondition } from '../../terms/criteria.js';
import { SluiceError } from '../../terms/errors.js';
import { OPERATORS, operatorsOf } from '../../terms/operators.js';
import { quoted } from '../../terms/shown-text.js';
import { isDateMath, resolveDateMath } from '../../values/date-time.js';

/**
 * Replaces date math by date-times: rounded down for `gte` and `lt`, up for `gt` and `lte`.
 * @param now milliseconds since 1970
 * @throws SluiceError `INVALID` for an instant beyond the years 0 to 9999
 */
export function resolveCriteria(criteria: Criteria, now: number): Criteria {
  const lists = ['attributes', 'properties'] as const;
  const relationship = (condition: RelationshipCondition): RelationshipCondition => ({
    ...condition,
    ...resolveLists(condition, lists, now),
    ...(condition.query?.criteria && {
      query: { ...condition.query, criteria: resolveCriteria(condition.query.criteria, now) },
    }),
  });
  const { relationships } = criteria;
  return {
    ...criteria,
    ...resolveLists(criteria, [...lists, 'fields'], now),
    ...(relationships && { relationships: relationships.map((element) => mapMembers(element, relationship)) }),
  };
}

function resolveConditions(conditions: Conditions, now: number): Conditions {
  return mapMembers(conditions, (condition) => resolveCondition(condition, now));
}

function resolveCondition(condition: Condition, now: number): Condition {
  return {
    ...condition,
    ...(condition.type === '_STRING' ? {} : resolvedBounds(condition, now)),
    ...resolveLists(condition, ['attributes', 'valueProperties'], now),
  };
}

/** These lists of conditions, resolved; a plan has no undefined members. */
function resolveLists<Name extends string>(
  members: { readonly [List in Name]?: readonly Conditions[] },
  names: readonly Name[],
  now: number,
): { [List in Name]?: readonly Conditions[] } {
  const lists: { [List in Name]?: readonly Conditions[] } = {};
  for (const name of names) {
    const list = members[name];
    if (list) lists[name] = list.map((element) => resolveConditions(element, now));
  }
  return lists;
}

/** The bounds that are date math, as date-times. */
function resolvedBounds(condition: Condition, now: number): Operators {
  const bounds = operatorsOf('bound').flatMap((name) => {
    const bound = condition[name];
    if (typeof bound !== 'string' || !isDateMath(bound)) return [];
    return [[name, instantOf(bound, now, OPERATORS[name].roundsUp === true)] as const];
  });
  return Object.fromEntries(bounds);
}

function instantOf(text: string, now: number, roundUp: boolean): string {
  const at = resolveDateMath(text, now, roundUp);
  if (at !== undefined) return new Date(at).toISOString();
  throw new SluiceError('INVALID', 'plan', `${quoted(text)} is not an instant in the years 0 to 9999`);
}

function mapMembers<In, Out>(members: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value)]));
}
