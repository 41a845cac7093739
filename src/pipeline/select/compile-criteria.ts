/** Criteria made a test of whole entities, and the list of the members that it looks at. */

import { elementsOf, isMembers, memberNames, memberOf, textOf } from '../../scan/decode-value.js';
import type { Rule, Rules } from '../../scan/kernel-projector.js';
import { type ContextScope, isInScope, scopeOf } from '../../terms/context.js';
import type { Condition, Criteria, RelationshipCondition } from '../../terms/criteria.js';
import { lowerAscii } from '../../terms/entity-type.js';
import { NULL_TEXT } from '../../terms/entity-words.js';
import { compileCondition, compileConditions, type Named, nameOf, type ValueTest } from './compile-condition.js';
import { hasAttributeValue, hasPropertyValue, holds, someAttribute } from './find-value.js';
import { equalTest, phraseTextTests, type TextTest } from './word-match.js';

/** Criteria, compiled once for all entities. */
export interface CompiledCriteria {
  /** Whether they hold for an entity. */
  readonly test: (entity: unknown) => boolean;
  /** The members that the test looks at; without the others it answers the same. */
  readonly rules: Rules;
}

/** Whether something holds for an entity. */
type EntityTest = (entity: unknown) => boolean;

/**
 * Compiles criteria.
 * @param scope the data they are about, where a condition does not say its own
 * @param nameMember how entities spell their name
 */
export function compileCriteria(criteria: Criteria, scope: ContextScope, nameMember: string): CompiledCriteria {
  const { anyAttribute, keywords } = criteria;
  const members = new LookedAt();
  const attributes = (criteria.attributes ?? []).map((element) =>
    every(Object.entries(element).map(([name, condition]) => attributeTest(name, condition, scope, members))),
  );
  const tests: EntityTest[] = anyAttribute && attributes.length > 0 ? [some(attributes)] : attributes;
  for (const named of compileConditions(criteria.properties)) {
    members.look('properties', named.name);
    tests.push((entity) => holds(hasPropertyValue([memberOf(entity, 'properties')], named), named.test));
  }
  for (const element of criteria.relationships ?? []) {
    for (const [name, condition] of Object.entries(element)) {
      tests.push(relationshipTest(nameOf(name), condition, scope, members));
    }
  }
  if (keywords) {
    members.lookAtTexts(nameMember, scope);
    tests.push(keywordsTest(keywords.keywords, keywords.operator, scope, nameMember));
  }
  return { test: every(tests), rules: members.rules() };
}

function every(tests: readonly EntityTest[]): EntityTest {
  return tests.length === 1 ? tests[0] : (entity) => tests.every((test) => test(entity));
}

function some(tests: readonly EntityTest[]): EntityTest {
  return (entity) => tests.some((test) => test(entity));
}

function attributeTest(name: string, condition: Condition, scope: ContextScope, members: LookedAt): EntityTest {
  const { contexts, nonContextual } = condition;
  const hasOwn = contexts !== undefined || nonContextual !== undefined;
  const own = hasOwn
    ? scopeOf({ ...(contexts ? { contexts } : {}), ...(nonContextual === undefined ? {} : { nonContextual }) })
    : scope;
  const named: Named<ValueTest> = { name: nameOf(name), test: compileCondition(condition) };
  members.lookInScope('attributes', named.name, own);
  return (entity) => {
    const found = someInScope(entity, own, (data) => hasAttributeValue(memberOf(data, 'attributes'), named));
    return holds(found, named.test);
  };
}

/** Asks of the data of no context and of each context in scope, until one answers true. */
function someInScope(entity: unknown, scope: ContextScope, matches: (data: unknown) => boolean): boolean {
  const data = memberOf(entity, 'data');
  if (scope.self && matches(data)) return true;
  if (scope.contexts !== 'all' && scope.contexts.length === 0) return false;
  return elementsOf(memberOf(data, 'contexts')).some((element) => {
    const context = memberOf(element, 'context');
    return isMembers(context) && isInScope(scope, context) && matches(element);
  });
}

function relationshipTest(
  name: string | undefined,
  condition: RelationshipCondition,
  scope: ContextScope,
  members: LookedAt,
): EntityTest {
  members.lookInScope('relationships', name, scope);
  const attributes = compileConditions(condition.attributes);
  const properties = compileConditions(condition.properties);
  const { id, type } = condition.relTo ?? {};
  const lowerType = type === undefined ? undefined : lowerAscii(type);
  const isMatch = (relationship: unknown): boolean => {
    if (!isMembers(relationship)) return false;
    const target = memberOf(relationship, 'relTo');
    if (id !== undefined && idText(memberOf(target, 'id')) !== id) return false;
    const targetType = memberOf(target, 'type');
    if (lowerType !== undefined && !(typeof targetType === 'string' && lowerAscii(targetType) === lowerType))
      return false;
    const own = memberOf(relationship, 'attributes');
    const places = [memberOf(relationship, 'properties'), relationship];
    return (
      attributes.every((named) => holds(hasAttributeValue(own, named), named.test)) &&
      properties.every((named) => holds(hasPropertyValue(places, named), named.test))
    );
  };
  return (entity) =>
    someInScope(entity, scope, (data) => {
      const relationships = memberOf(data, 'relationships');
      const names = name === undefined ? memberNames(relationships) : [name];
      return names.some((one) => elementsOf(memberOf(relationships, one)).some(isMatch));
    });
}

/** Ids are text; one that is a number counts by its digits, as at the entity itself. */
function idText(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : textOf(value);
}

function keywordsTest(
  keywords: string,
  operator: '_AND' | '_OR' | '_EXACT',
  scope: ContextScope,
  nameMember: string,
): EntityTest {
  const wanted = operator === '_EXACT' ? [equalTest(keywords)] : phraseTextTests(keywords);
  const isFound = (entity: unknown) => (test: TextTest) => someText(entity, scope, nameMember, test);
  if (operator === '_AND') return (entity) => wanted.every(isFound(entity));
  return (entity) => someText(entity, scope, nameMember, (text) => wanted.some((test) => test(text)));
}

/** Asks of the name, the property values and the attribute values in scope, until one answers true. */
function someText(entity: unknown, scope: ContextScope, nameMember: string, matches: TextTest): boolean {
  const isMatch = (value: unknown) => {
    const text = textOf(value);
    return text !== undefined && text !== NULL_TEXT && matches(text);
  };
  const name = memberOf(entity, nameMember);
  if (typeof name === 'string' && isMatch(name)) return true;
  const properties = memberOf(entity, 'properties');
  if (memberNames(properties).some((one) => isMatch(memberOf(properties, one)))) return true;
  const hasMatch = (attribute: unknown) =>
    elementsOf(memberOf(attribute, 'values')).some((value) => isMatch(memberOf(value, 'value')));
  return someInScope(entity, scope, (data) => someAttribute(memberOf(data, 'attributes'), hasMatch));
}

type Kind = 'attributes' | 'relationships' | 'properties';

/** Collects the members that tests look at. */
class LookedAt {
  readonly #names = new Map<Kind, Set<string | undefined>>();
  #contexts = false;
  #nameMember: string | undefined;

  /** One of a kind by its name, or all of them. */
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

  rules(): Rules {
    const data = new Map<string, Rule>();
    const rules = new Map<string, Rule>();
    this.#add(data, 'attributes');
    this.#add(data, 'relationships');
    if (this.#contexts) data.set('contexts', 'keep');
    if (data.size > 0) rules.set('data', data);
    this.#add(rules, 'properties');
    // Last, for a name may be spelled as anything.
    if (this.#nameMember !== undefined) rules.set(this.#nameMember, 'keep');
    return rules;
  }

  #add(rules: Map<string, Rule>, kind: Kind): void {
    const names = this.#names.get(kind);
    if (!names) return;
    const listed = [...names].filter((name) => name !== undefined);
    rules.set(kind, names.has(undefined) ? 'keep' : new Map(listed.map((name) => [name, 'keep'])));
  }
}
