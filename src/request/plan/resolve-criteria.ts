/** Bounds of criteria that say `now`, made date-times when the export is planned. */
import type { Bound, Condition, Conditions, Criteria, RelationshipCondition } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { SluiceError } from '../../terms/errors.js';
import { quoted } from '../../terms/shown-text.js';
import { isDateMath, resolveDateMath } from '../../values/date-time.js';

/**
 * The criteria with date-times for date math: rounding goes down for `gte` and `lt`, up for `gt` and `lte`.
 * @param now milliseconds since 1970
 * @throws SluiceError `INVALID` for an instant beyond the years 0 to 9999
 */
export function resolveCriteria(criteria: Criteria, now: number): Criteria {
  const all = (list: readonly Conditions[] | undefined) => list?.map((element) => resolveConditions(element, now));
  const relationship = ({ attributes, properties, relTo }: RelationshipCondition): RelationshipCondition =>
    definedOnly({ attributes: all(attributes), properties: all(properties), relTo });
  return definedOnly({
    ...criteria,
    attributes: all(criteria.attributes),
    properties: all(criteria.properties),
    relationships: criteria.relationships?.map((element) => mapMembers(element, relationship)),
  });
}

function resolveConditions(conditions: Conditions, now: number): Conditions {
  return mapMembers(conditions, (condition) => resolveCondition(condition, now));
}

function resolveCondition(condition: Condition, now: number): Condition {
  const { gt, gte, lt, lte, type, attributes, valueProperties } = condition;
  const bound = (value: Bound | undefined, roundUp: boolean) =>
    type === '_STRING' || typeof value !== 'string' || !isDateMath(value) ? value : instantOf(value, now, roundUp);
  return definedOnly({
    ...condition,
    ...{ gt: bound(gt, true), gte: bound(gte, false), lt: bound(lt, false), lte: bound(lte, true) },
    attributes: attributes?.map((element) => resolveConditions(element, now)),
    valueProperties: valueProperties?.map((element) => resolveConditions(element, now)),
  });
}

function instantOf(text: string, now: number, roundUp: boolean): string {
  const at = resolveDateMath(text, now, roundUp);
  if (at !== undefined) return new Date(at).toISOString();
  throw new SluiceError('INVALID', 'plan', `${quoted(text)} is no instant of the years 0 to 9999`);
}

function mapMembers<In, Out>(members: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value)]));
}
