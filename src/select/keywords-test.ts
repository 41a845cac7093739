/** Tests entities by keywords: in their names, properties and attributes. */
import { elementsOf, memberNames, memberOf, textOf } from '../scan/decode-value.js';
import type { ContextScope } from '../terms/context.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { type EntityTest, exists, found, type Hit } from './entity-test.js';
import { someAttribute, someInScope } from './find-value.js';
import { isTestedAtOnce, longTest } from './long-tests.js';
import { equalTest, PhraseFinder, type TextTest } from './word-match.js';

/** Compiles keywords; yields to the event loop if there are many. */
export async function keywordsTest(
  keywords: string,
  operator: '_AND' | '_OR' | '_EXACT',
  scope: ContextScope,
  nameMember: string,
): Promise<EntityTest> {
  if (operator === '_EXACT') {
    const test = equalTest(keywords);
    return exists((entity) => someText(entity, scope, nameMember, test));
  }
  const wanted = await PhraseFinder.of(keywords);
  const find = (text: string, hit: Hit) => {
    if (isTestedAtOnce(text)) return wanted.find(text, hit);
    return longTest(wanted, text, () => wanted.findInSteps(text, hit));
  };
  if (operator === '_OR') {
    return exists((entity) => someText(entity, scope, nameMember, (text) => find(text, () => true)));
  }
  const all = () => {
    const seen = new Set<number>();
    return { hit: (phrase: number) => seen.add(phrase).size === wanted.size, holds: () => seen.size === wanted.size };
  };
  return found(all, (entity, hit) => someText(entity, scope, nameMember, (text) => find(text, hit)));
}

/** Tries the name, the property values and the attribute values in scope, until one matches. */
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
