/** Compiles criteria to a test of complete entities, and to the list of the members that it reads. */

import { eachInTurns, nextTurn, turnIsOver } from '../loop/turn.js';
import { elementsOf, isMembers, memberNames, memberOf, textOf } from '../scan/decode-value.js';
import { type ContextScope, scopeFor } from '../terms/context.js';
import type { Condition, Conditions, Criteria, RelatedQuery, RelationshipCondition } from '../terms/criteria.js';
import { ANY_TYPE, lowerAscii } from '../terms/entity-type.js';
import { SluiceError } from '../terms/errors.js';
import { compileCondition, compileConditions, type Named, nameOf, type ValueTest } from './compile-condition.js';
import { ConditionIndex, type NamedCondition } from './condition-index.js';
import { type EntityTest, every, exists, found, type Hit, some } from './entity-test.js';
import { compileFields, type FieldTest } from './field-criteria.js';
import { hasAttributeValue, hasPropertyValue, holds, someInScope } from './find-value.js';
import { keywordsTest } from './keywords-test.js';
import type { NameRules } from './rule-table.js';

/** Criteria, compiled once for all entities. */
export interface CompiledCriteria {
  /** Whether they hold for an entity, given complete or in pieces. */
  readonly test: EntityTest;
  /** The members that the test reads; it has the same result without the others. */
  readonly rules: NameRules;
  /** Conditions by path, all of which must hold too, for a complete entity. */
  readonly fields: readonly FieldTest[];
}

/** Number of conditions on members of one kind from which they are evaluated together. */
const MANY = 16;

/**
 * Compiles criteria; yields to the event loop if there are many.
 * @param scope of conditions that do not state their own
 * @param nameMember the member that is the entities' name
 * @param related the ids of the entities that queries on related entities select
 */
export async function compileCriteria(
  criteria: Criteria,
  scope: ContextScope,
  nameMember: string,
  many = MANY,
  related: RelatedIds = NONE_RELATED,
): Promise<CompiledCriteria> {
  const { keywords } = criteria;
  const members = new LookedAt();
  const tests = [
    ...(await attributeTests(criteria, scope, members, many)),
    ...(await propertyTests(criteria.properties ?? [], members, many)),
  ];
  for (const element of criteria.relationships ?? []) {
    for (const [name, condition] of Object.entries(element)) {
      if (turnIsOver()) await nextTurn();
      tests.push(await relationshipTest(nameOf(name), condition, scope, members, related));
    }
  }
  if (keywords) {
    members.lookAtTexts(nameMember, scope);
    tests.push(await keywordsTest(keywords.keywords, keywords.operator, scope, nameMember));
  }
  return { test: every(tests), rules: members.rules(), fields: await compileFields(criteria.fields ?? []) };
}

/** Conditions on attributes: all of them, or one element of the list. */
async function attributeTests(
  { attributes = [], anyAttribute = false }: Criteria,
  scope: ContextScope,
  members: LookedAt,
  many: number,
): Promise<readonly EntityTest[]> {
  const any = anyAttribute && attributes.length > 1;
  // All conditions of an element must hold, so they stay together where one element is enough.
  const [together, alone] = any
    ? [attributes.filter((one) => !isSingle(one)), attributes.filter(isSingle)]
    : [[], attributes];
  const conditions = alone.flatMap((element) => Object.entries(element));
  const tests: EntityTest[] = [];
  if (conditions.length >= many) {
    tests.push(...(await jointTests(conditions, any, scope, members)));
  } else {
    for (const [name, condition] of conditions) tests.push(await attributeTest(name, condition, scope, members));
  }
  for (const element of together) {
    if (turnIsOver()) await nextTurn();
    const all: EntityTest[] = [];
    for (const [name, condition] of Object.entries(element)) {
      all.push(await attributeTest(name, condition, scope, members));
    }
    tests.push(every(all));
  }
  return any ? [some(tests)] : tests;
}

function isSingle(element: Conditions): boolean {
  return Object.keys(element).length === 1;
}

/** Tests of conditions on attributes; those of the same scope are evaluated together. */
async function jointTests(
  conditions: readonly NamedCondition[],
  any: boolean,
  scope: ContextScope,
  members: LookedAt,
): Promise<readonly EntityTest[]> {
  const byScope = new Map<string, { readonly own: ContextScope; readonly conditions: NamedCondition[] }>();
  await eachInTurns(conditions, ([name, condition]) => {
    const own = scopeFor(condition, scope);
    members.lookInScope('attributes', nameOf(name), own);
    const key = JSON.stringify(own);
    const group = byScope.get(key) ?? { own, conditions: [] };
    byScope.set(key, group);
    group.conditions.push([name, condition]);
  });
  const tests: EntityTest[] = [];
  for (const { own, conditions: all } of byScope.values()) {
    const index = await ConditionIndex.of(all);
    tests.push(
      found(
        () => index.decision(!any),
        (entity, hit) => someInScope(entity, own, (data) => index.inAttributes(memberOf(data, 'attributes'), hit)),
      ),
    );
  }
  return tests;
}

async function propertyTests(
  elements: readonly Conditions[],
  members: LookedAt,
  many: number,
): Promise<readonly EntityTest[]> {
  const conditions = elements.flatMap((element) => Object.entries(element));
  for (const [name] of conditions) members.look('properties', nameOf(name));
  if (conditions.length >= many) {
    const index = await ConditionIndex.of(conditions);
    const search = (entity: unknown, hit: Hit) => index.inProperties(memberOf(entity, 'properties'), hit);
    return [found(() => index.decision(true), search)];
  }
  const compiled = await compileConditions(elements);
  return compiled.map((named) =>
    exists((entity) => hasPropertyValue([memberOf(entity, 'properties')], named), named.test.not),
  );
}

async function attributeTest(
  name: string,
  condition: Condition,
  scope: ContextScope,
  members: LookedAt,
): Promise<EntityTest> {
  const own = scopeFor(condition, scope);
  const named: Named<ValueTest> = { name: nameOf(name), test: await compileCondition(condition) };
  members.lookInScope('attributes', named.name, own);
  const isFound = (entity: unknown) =>
    someInScope(entity, own, (data) => hasAttributeValue(memberOf(data, 'attributes'), named));
  return exists(isFound, named.test.not);
}

async function relationshipTest(
  name: string | undefined,
  condition: RelationshipCondition,
  scope: ContextScope,
  members: LookedAt,
  related: RelatedIds,
): Promise<EntityTest> {
  members.lookInScope('relationships', name, scope);
  const isSelected = targetTest(condition.query, related);
  const attributes = await compileConditions(condition.attributes);
  const properties = await compileConditions(condition.properties);
  const { id, type } = condition.relTo ?? {};
  const lowerType = type === undefined ? undefined : lowerAscii(type);
  const isMatch = (relationship: unknown): boolean => {
    if (!isMembers(relationship)) return false;
    const target = memberOf(relationship, 'relTo');
    const targetId = idText(memberOf(target, 'id'));
    if (id !== undefined && targetId !== id) return false;
    const targetType = idText(memberOf(target, 'type'));
    if (lowerType !== undefined && (targetType === undefined || lowerAscii(targetType) !== lowerType)) return false;
    if (isSelected && !isSelected(targetId, targetType)) return false;
    const own = memberOf(relationship, 'attributes');
    const places = [memberOf(relationship, 'properties'), relationship];
    return (
      attributes.every((named) => holds(hasAttributeValue(own, named), named.test)) &&
      properties.every((named) => holds(hasPropertyValue(places, named), named.test))
    );
  };
  const isFound = (entity: unknown) =>
    someInScope(entity, scope, (data) => {
      const relationships = memberOf(data, 'relationships');
      const names = name === undefined ? memberNames(relationships) : [name];
      return names.some((one) => elementsOf(memberOf(relationships, one)).some(isMatch));
    });
  return exists(isFound, condition.hasvalue === false);
}

/** Ids that were found before, for each query. */
export type RelatedIds = ReadonlyMap<RelatedQuery, { has(id: string): boolean }>;

const NONE_RELATED: RelatedIds = new Map();

/** Whether a query selects the target; undefined without a query. @throws SluiceError `INVALID` */
function targetTest(
  query: RelatedQuery | undefined,
  related: RelatedIds,
): ((id: string | undefined, type: string | undefined) => boolean) | undefined {
  if (!query) return undefined;
  const ids = related.get(query);
  if (!ids) {
    const message = 'a query on related entities needs the complete source; only an export reads it twice';
    throw new SluiceError('INVALID', 'select', message, { path: 'criteria.relationships' });
  }
  const types = new Set(query.types?.map(lowerAscii));
  // Entities of different types may have equal ids.
  const isOfType = (type: string | undefined) =>
    type === undefined || types.size === 0 || types.has(ANY_TYPE) || types.has(lowerAscii(type));
  return (id, type) => id !== undefined && isOfType(type) && ids.has(id);
}

/** Ids and types are text; a number matches by its digits, as in the entity itself. */
function idText(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : textOf(value);
}

type Kind = 'attributes' | 'relationships' | 'properties';

/** Collects the members that tests read. */
class LookedAt {
  readonly #names = new Map<Kind, Set<string | undefined>>();
  #contexts = false;
  #nameMember: string | undefined;

  /** Adds one member of a kind by its name, or all of them. */
  look(kind: Kind, name: string | undefined): void {
    const names = this.#names.get(kind) ?? new Set();
    this.#names.set(kind, names.add(name));
  }

  lookInScope(kind: Kind, name: string | undefined, { self, contexts }: ContextScope): void {
    if (self) this.look(kind, name);
    if (contexts === 'all' || contexts.length > 0) this.#contexts = true;
  }

  lookAtTexts(nameMember: string, scope: ContextScope): void {
    this.#nameMember = nameMember;
    this.look('properties', undefined);
    this.lookInScope('attributes', undefined, scope);
  }

  rules(): NameRules {
    const data = new Map<string, 'keep' | NameRules>();
    const rules = new Map<string, 'keep' | NameRules>();
    this.#add(data, 'attributes');
    this.#add(data, 'relationships');
    if (this.#contexts) data.set('contexts', 'keep');
    if (data.size > 0) rules.set('data', data);
    this.#add(rules, 'properties');
    // Set last: the name of an entity may be any member.
    if (this.#nameMember !== undefined) rules.set(this.#nameMember, 'keep');
    return rules;
  }

  #add(rules: Map<string, 'keep' | NameRules>, kind: Kind): void {
    const names = this.#names.get(kind);
    if (!names) return;
    const listed = [...names].filter((name) => name !== undefined);
    rules.set(kind, names.has(undefined) ? 'keep' : new Map(listed.map((name) => [name, 'keep'])));
  }
}
