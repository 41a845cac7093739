/** Criteria in the words of the platform: all of them, or those that it surely takes as they are taken here. */
import type { Bound, Condition, Conditions, Criteria, RelationshipCondition } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import type { JsonObject } from '../../terms/json-value.js';
import { parseDateTime } from '../../values/date-time.js';

/** Which criteria are sent. */
export type SentCriteria = 'sure' | 'all' | 'none';

/** Members of `query.filters`, and whether anything was left out of them. */
export interface CriteriaFilters {
  readonly filters: JsonObject;
  readonly isWhole: boolean;
}

/**
 * Writes criteria as filters of a query. Sure are: that there is a value; ranges of numbers, and of date-times of
 * properties, whose type is said; relationships that are there, and what they lead to. How the platform tells words
 * apart, and when it looks at case, its documentation tells in two ways; an operator that may find less there than
 * here is left to the filters behind.
 * @param searchesSelf whether only the data of no context is searched, as the platform does unless told otherwise
 */
export function sentCriteria(criteria: Criteria, sent: SentCriteria, searchesSelf: boolean): CriteriaFilters {
  if (sent === 'none') return { filters: {}, isWhole: false };
  if (sent === 'all') return searchesSelf ? { filters: asWritten(criteria), isWhole: true } : NOTHING;
  const { attributes, anyAttribute, properties, relationships } = criteria;
  const elements = searchesSelf ? (attributes ?? []).map((element) => sureConditions(element, sureOfAttribute)) : [];
  // Where one of several is enough, something of each must be sent, or nothing.
  const sendsAttributes = !anyAttribute || elements.every((element) => element.length > 0);
  const ofAttributes = elements.flat();
  const ofRelationships = searchesSelf ? (relationships ?? []).flatMap(sureRelationships) : [];
  const filters = definedOnly({
    attributesCriterion: sendsAttributes ? filled(ofAttributes) : undefined,
    isAttributesCriterionOR: anyAttribute && sendsAttributes && ofAttributes.length > 0 ? true : undefined,
    propertiesCriterion: filled((properties ?? []).flatMap((element) => sureConditions(element, sureOfProperty))),
    relationshipsCriterion: filled(ofRelationships),
  });
  return { filters, isWhole: false };
}

const NOTHING: CriteriaFilters = { filters: {}, isWhole: false };

function asWritten({ attributes, anyAttribute, properties, relationships, keywords }: Criteria): JsonObject {
  return definedOnly({
    attributesCriterion: attributes,
    isAttributesCriterionOR: anyAttribute,
    propertiesCriterion: properties,
    relationshipsCriterion: relationships,
    keywordsCriterion: keywords,
  });
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

type SurePart = (condition: Condition) => Condition | undefined;

/** Each condition as an element of its own, as far as it is sure. */
function sureConditions(element: Conditions, part: SurePart): readonly JsonObject[] {
  return Object.entries(element).flatMap(([name, condition]) => {
    const sure = isPlainName(name) && !condition.not ? part(condition) : undefined;
    return sure ? [Object.fromEntries([[name, sure]])] : [];
  });
}

/** Neither the word for all names, nor a way into a nested attribute. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9]\w*$/.test(name);
}

function sureOfAttribute(condition: Condition): Condition | undefined {
  const { contexts, nonContextual, attributes } = condition;
  if (contexts ?? nonContextual ?? attributes) return undefined;
  return surePart(condition, false);
}

function sureOfProperty(condition: Condition): Condition | undefined {
  return surePart(condition, true);
}

/** The operators that are sure. The rest of a condition only makes it narrower, and is left out. */
function surePart(condition: Condition, takesInstants: boolean): Condition | undefined {
  const { hasvalue, gt, gte, lt, lte, type } = condition;
  const bound = boundOf(type, takesInstants);
  const bounds = bound && definedOnly({ gt: bound(gt), gte: bound(gte), lt: bound(lt), lte: bound(lte) });
  if (bounds && Object.keys(bounds).length > 0 && type !== undefined) return { ...bounds, type };
  return hasvalue === true ? { hasvalue } : undefined;
}

function boundOf(type: Condition['type'], takesInstants: boolean): ((bound?: Bound) => Bound | undefined) | undefined {
  if (type === '_DATETIME' && takesInstants) return documentedInstant;
  if (type !== '_INTEGER' && type !== '_DECIMAL') return undefined;
  return (bound) => (/^-?\d+(\.\d+)?$/.test(String(bound)) ? bound : undefined);
}

/** A date-time as the platform writes them: `2018-07-19T08:18:30.557+0000`. */
function documentedInstant(bound?: Bound): string | undefined {
  const instant = bound === undefined ? undefined : parseDateTime(String(bound));
  return instant === undefined ? undefined : new Date(instant).toISOString().replace('Z', '+0000');
}

function sureRelationships(element: Readonly<Record<string, RelationshipCondition>>): readonly JsonObject[] {
  return Object.entries(element).flatMap(([name, { relTo }]) =>
    isPlainName(name) ? [Object.fromEntries([[name, relTo ? { relTo } : {}]])] : [],
  );
}
