/** Criteria as filters of the platform: all of them, or those that it surely evaluates as sluice does. */
import type { Bound, Condition, Conditions, Criteria, RelationshipCondition } from '../../terms/criteria.js';
import type { JsonObject } from '../../terms/json-value.js';
import { operatorsOf } from '../../terms/operators.js';
import { parseDateTime } from '../../values/date-time.js';

/** Which criteria are sent. */
export type SentCriteria = 'sure' | 'all' | 'none';

/** Members of `query.filters`, some of them undefined, and whether they are all the criteria. */
export interface CriteriaFilters {
  readonly filters: JsonObject;
  readonly isComplete: boolean;
}

/**
 * Writes criteria as filters of a query. These are sure: that there is a value; ranges of numbers, and of date-times of
 * properties, if their type is given; that there is a relationship, and its target. The documentation contradicts
 * itself on words and case, so operators that might find less there than here are left to sluice's own filters.
 * @param searchesSelf whether only the data of no context is searched, which is the platform's default
 */
export function sentCriteria(criteria: Criteria, sent: SentCriteria, searchesSelf: boolean): CriteriaFilters {
  if (sent === 'none') return NOTHING;
  if (sent === 'all') {
    if (!searchesSelf) return NOTHING;
    // The platform knows no paths, and joins in another service.
    const isWritten = criteria.fields === undefined && !criteria.relationships?.some(hasQuery);
    return { filters: asWritten(criteria), isComplete: isWritten };
  }
  const { attributes, anyAttribute, properties, relationships } = criteria;
  const elements = searchesSelf ? (attributes ?? []).map((element) => sureConditions(element, sureOfAttribute)) : [];
  // If one of several is enough, all of them must be sent, or none.
  const sendsAttributes = !anyAttribute || elements.every((element) => element.length > 0);
  const ofAttributes = elements.flat();
  const ofRelationships = searchesSelf ? (relationships ?? []).flatMap(sureRelationships) : [];
  const filters = {
    attributesCriterion: sendsAttributes ? filled(ofAttributes) : undefined,
    isAttributesCriterionOR: anyAttribute && sendsAttributes && ofAttributes.length > 0 ? true : undefined,
    propertiesCriterion: filled((properties ?? []).flatMap((element) => sureConditions(element, sureOfProperty))),
    relationshipsCriterion: filled(ofRelationships),
  };
  return { filters, isComplete: false };
}

const NOTHING: CriteriaFilters = { filters: {}, isComplete: false };

function asWritten({ attributes, anyAttribute, properties, relationships, keywords }: Criteria): JsonObject {
  return {
    attributesCriterion: attributes,
    isAttributesCriterionOR: anyAttribute,
    propertiesCriterion: properties,
    relationshipsCriterion: filled((relationships ?? []).filter((element) => !hasQuery(element))),
    keywordsCriterion: keywords,
  };
}

function hasQuery(element: Readonly<Record<string, RelationshipCondition>>): boolean {
  return Object.values(element).some(({ query }) => query !== undefined);
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

type SurePart = (condition: Condition) => Condition | undefined;

/** The sure part of each condition, as a separate element. */
function sureConditions(element: Conditions, part: SurePart): readonly JsonObject[] {
  return Object.entries(element).flatMap(([name, condition]) => {
    const sure = isPlainName(name) && !condition.not ? part(condition) : undefined;
    return sure ? [Object.fromEntries([[name, sure]])] : [];
  });
}

/** Whether a name is neither the word for all names nor a path into a nested attribute. */
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

/** The operators that are sure: bounds, or that there is a value. Others only narrow a condition, so they can be left out. */
function surePart(condition: Condition, takesInstants: boolean): Condition | undefined {
  const { type, hasvalue } = condition;
  const bounds = operatorsOf('bound').flatMap((name) => {
    const bound = condition[name];
    const isBound = typeof bound === 'string' || typeof bound === 'number';
    const sure = isBound ? sureBound(bound, type, takesInstants) : undefined;
    return sure === undefined ? [] : [[name, sure] as const];
  });
  if (bounds.length > 0) return { ...Object.fromEntries(bounds), type };
  return hasvalue === true ? { hasvalue } : undefined;
}

function sureBound(bound: Bound, type: Condition['type'], takesInstants: boolean): Bound | undefined {
  if (type === '_DATETIME' && takesInstants) return documentedInstant(String(bound));
  const isNumber = type === '_INTEGER' || type === '_DECIMAL';
  return isNumber && /^-?\d+(\.\d+)?$/.test(String(bound)) ? bound : undefined;
}

/** A date-time as the platform writes it: `2018-07-19T08:18:30.557+0000`. */
function documentedInstant(bound: string): string | undefined {
  const instant = parseDateTime(bound);
  return instant === undefined ? undefined : new Date(instant).toISOString().replace('Z', '+0000');
}

function sureRelationships(element: Readonly<Record<string, RelationshipCondition>>): readonly JsonObject[] {
  return Object.entries(element).flatMap(([name, { relTo, hasvalue }]) =>
    isPlainName(name) && hasvalue !== false ? [Object.fromEntries([[name, relTo ? { relTo } : {}]])] : [],
  );
}
