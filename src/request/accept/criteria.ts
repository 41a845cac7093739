/** Accepts criteria, of the documented body and of the library's form. */

import { type Faults, join, type UnknownObject } from '../../options/faults.js';
import {
  type Conditions,
  type Criteria,
  KEYWORDS_OPERATORS,
  type KeywordsCriterion,
  type RelatedQuery,
  type RelationshipCondition,
} from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { BOUNDS } from './bounds.js';
import { acceptConditions, eachObject } from './condition.js';
import { acceptWords } from './words.js';

/** Accepts the query of a relationship criterion; undefined within one: relationships of relationships are not followed. */
export type AcceptQuery = ((value: unknown, path: string, faults: Faults) => RelatedQuery | undefined) | undefined;

/** A query inside another. */
const NESTED = 'a query within a query would read the input once more for each level';

/**
 * The criteria of a documented query; `keywordsCriterion` is a member of the filters or of the query.
 * @param at the path of the query
 */
export function acceptBodyCriteria(
  query: UnknownObject,
  filters: UnknownObject,
  at: string,
  faults: Faults,
  acceptQuery: AcceptQuery,
): Criteria | undefined {
  const [beside, inside] = [query.keywordsCriterion, filters.keywordsCriterion];
  const path = `${at}.filters`;
  if (beside !== undefined && inside !== undefined) {
    faults.add('INVALID', `${at}.keywordsCriterion`, `is also given in ${path}; give one of them`);
  }
  return acceptMembers(
    {
      attributes: [filters.attributesCriterion, `${path}.attributesCriterion`],
      anyAttribute: [filters.isAttributesCriterionOR, `${path}.isAttributesCriterionOR`],
      properties: [filters.propertiesCriterion, `${path}.propertiesCriterion`],
      fields: [undefined, path],
      relationships: [filters.relationshipsCriterion, `${path}.relationshipsCriterion`],
      keywords: inside === undefined ? [beside, `${at}.keywordsCriterion`] : [inside, `${path}.keywordsCriterion`],
    },
    faults,
    acceptQuery,
  );
}

const MEMBERS = ['attributes', 'anyAttribute', 'properties', 'fields', 'relationships', 'keywords'] as const;

/** The criteria of the library's form, `{ attributes: [{ color: { exact: 'red' } }] }`; keywords may be one text. */
export function acceptCriteria(
  value: unknown,
  path: string,
  faults: Faults,
  acceptQuery: AcceptQuery,
): Criteria | undefined {
  if (value === undefined) return undefined;
  const given = faults.object(value, path);
  if (!given) return undefined;
  faults.checkKeys(given, path, MEMBERS);
  const { keywords } = given;
  return acceptMembers(
    {
      attributes: [given.attributes, `${path}.attributes`],
      anyAttribute: [given.anyAttribute, `${path}.anyAttribute`],
      properties: [given.properties, `${path}.properties`],
      fields: [given.fields, `${path}.fields`],
      relationships: [given.relationships, `${path}.relationships`],
      keywords: [typeof keywords === 'string' ? { keywords } : keywords, `${path}.keywords`],
    },
    faults,
    acceptQuery,
  );
}

type Member = readonly [value: unknown, path: string];

function acceptMembers(
  members: Readonly<Record<(typeof MEMBERS)[number], Member>>,
  faults: Faults,
  acceptQuery: AcceptQuery,
): Criteria | undefined {
  const { attributes, anyAttribute, properties, fields, relationships, keywords } = members;
  const criteria: Criteria = definedOnly({
    attributes: acceptConditions(...attributes, faults, 'attribute'),
    anyAttribute: faults.boolean(...anyAttribute) || undefined,
    properties: acceptConditions(...properties, faults, 'property'),
    fields: acceptConditions(...fields, faults, 'field'),
    relationships: acceptRelationships(...relationships, faults, acceptQuery),
    keywords: acceptKeywords(...keywords, faults),
  });
  return Object.keys(criteria).some((name) => name !== 'anyAttribute') ? criteria : undefined;
}

/** Conditions on relationships by name, all of which must hold; an empty list counts as undefined. */
function acceptRelationships(
  value: unknown,
  path: string,
  faults: Faults,
  acceptQuery: AcceptQuery,
): readonly Readonly<Record<string, RelationshipCondition>>[] | undefined {
  if (value === undefined) return undefined;
  const list = eachObject(value, path, faults).map(([element, at]) => {
    const names = Object.entries(element);
    if (names.length === 0) faults.add('INVALID', at, 'names no relationship');
    if (!faults.bounded('conditions', names.length, BOUNDS.conditions, at)) return {};
    return Object.fromEntries(
      names.map(([name, condition]) => {
        if (name === '') faults.add('INVALID', join(at, name), 'a name must not be empty');
        return [name, acceptRelationship(condition, join(at, name), faults, acceptQuery)];
      }),
    );
  });
  return list.length === 0 ? undefined : list;
}

function acceptRelationship(
  value: unknown,
  path: string,
  faults: Faults,
  acceptQuery: AcceptQuery,
): RelationshipCondition {
  const given = faults.object(value, path);
  if (!given) return {};
  const known = ['attributes', 'properties', 'relTo', 'hasvalue', ...(acceptQuery ? ['query'] : [])];
  faults.checkKeys(given, path, known, acceptQuery ? {} : { query: NESTED });
  const conditions = (name: string, subject: 'child' | 'property'): readonly Conditions[] | undefined =>
    acceptConditions(given[name], `${path}.${name}`, faults, subject);
  return definedOnly({
    attributes: conditions('attributes', 'child'),
    properties: conditions('properties', 'property'),
    relTo: given.relTo === undefined ? undefined : acceptTarget(given.relTo, `${path}.relTo`, faults),
    query: given.query === undefined ? undefined : acceptQuery?.(given.query, `${path}.query`, faults),
    // As everywhere, asking for one is the default.
    hasvalue: faults.boolean(given.hasvalue, `${path}.hasvalue`) === false ? false : undefined,
  });
}

function acceptTarget(value: unknown, path: string, faults: Faults): RelationshipCondition['relTo'] {
  const given = faults.object(value, path);
  if (!given) return undefined;
  faults.checkKeys(given, path, ['id', 'type']);
  const target = definedOnly({
    id: faults.string(given.id, `${path}.id`),
    type: faults.string(given.type, `${path}.type`),
  });
  if (Object.keys(given).length === 0) faults.add('INVALID', path, 'names neither id nor type');
  return target;
}

/** `{ keywords, operator }`; `value` is an alias of `keywords`, and the default operator is `_AND`. */
function acceptKeywords(value: unknown, path: string, faults: Faults): KeywordsCriterion | undefined {
  if (value === undefined) return undefined;
  const given = faults.object(value, path);
  if (!given) return undefined;
  faults.checkKeys(given, path, ['keywords', 'value', 'operator']);
  const operator = faults.word(
    given.operator === undefined ? '_AND' : given.operator,
    `${path}.operator`,
    KEYWORDS_OPERATORS,
  );
  if (given.keywords !== undefined && given.value !== undefined) {
    faults.add('INVALID', `${path}.value`, 'is another word for "keywords"; give one of them');
  }
  const name = given.keywords === undefined && given.value !== undefined ? 'value' : 'keywords';
  const keywords = faults.string(given[name], `${path}.${name}`);
  if (given[name] === undefined) faults.add('INVALID', `${path}.keywords`, 'is required: the words to look for');
  if (keywords === undefined || operator === undefined) return undefined;
  if (keywords === '' || operator !== '_EXACT') {
    const remedy = keywords === '' ? '' : 'operator "_EXACT" or a condition with "exact" compares complete texts';
    acceptWords(keywords, `${path}.${name}`, remedy, faults);
  }
  return { keywords, operator };
}
