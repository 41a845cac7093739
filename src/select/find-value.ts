/** Finds values that satisfy a condition: in attributes, nested attributes, properties and members of values. */

import { elementsOf, isMembers, memberNames, memberOf, textOf } from '../scan/decode-value.js';
import { type ContextScope, isInScope } from '../terms/context.js';
import { NULL_TEXT, ROW_MEMBERS } from '../terms/entity-words.js';
import { SluiceError } from '../terms/errors.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { Named, ValueTest } from './compile-condition.js';
import { isTestedAtOnce, longTest } from './long-tests.js';

/** Whether the named attribute, or any if there is no name, has a value that satisfies the test. */
export function hasAttributeValue(attributes: unknown, { name, test }: Named<ValueTest>): boolean {
  if (name !== undefined) return isAttributeMatch(memberOf(attributes, name), test);
  return someAttribute(attributes, (attribute) => isAttributeMatch(attribute, test));
}

/** Tries every attribute, and those in the rows of nested ones, until one matches. */
export function someAttribute(attributes: unknown, matches: (attribute: unknown) => boolean, level = 0): boolean {
  if (level > DEFAULT_MAX_DEPTH) {
    throw new SluiceError('TOO_DEEP', 'select', `more than ${DEFAULT_MAX_DEPTH} levels of nested attributes`);
  }
  for (const name of memberNames(attributes)) {
    if (level > 0 && ROW_MEMBERS.has(name)) continue;
    const attribute = memberOf(attributes, name);
    if (matches(attribute)) return true;
    for (const row of elementsOf(memberOf(attribute, 'group'))) if (someAttribute(row, matches, level + 1)) return true;
  }
  return false;
}

/** Whether an attribute has a value or row that satisfies the test. */
export function isAttributeMatch(attribute: unknown, test: ValueTest): boolean {
  for (const value of elementsOf(memberOf(attribute, 'values'))) if (isValueMatch(value, test)) return true;
  for (const row of elementsOf(memberOf(attribute, 'group'))) if (isRowMatch(row, test)) return true;
  return false;
}

/** Tests a value object: its text by the operators, and its members by the conditions on them. */
function isValueMatch(value: unknown, test: ValueTest): boolean {
  const text = textOf(memberOf(value, 'value'));
  return text !== undefined && !test.children && isTextMatch(text, test) && isWholeMatch(value, test, false);
}

/** Tests a row. A row has no text; a row that is an explicit null has no children either. */
function isRowMatch(row: unknown, test: ValueTest): boolean {
  if (!isMembers(row)) return false;
  if (memberOf(row, 'value') === NULL_TEXT) return test.takesNull && !test.children && isWholeMatch(row, test, true);
  if (test.texts.length > 0 || !isWholeMatch(row, test, true)) return false;
  return test.children === undefined || test.children.every((child) => isChildMatch(row, child));
}

function isChildMatch(row: object, { name, test }: Named<ValueTest>): boolean {
  let found = false;
  if (name === undefined) found = someAttribute(row, (attribute) => isAttributeMatch(attribute, test), 1);
  else if (!ROW_MEMBERS.has(name)) found = isAttributeMatch(memberOf(row, name), test);
  return found !== test.not;
}

/** Whether unit, locale, source and the other members of a value or a row satisfy the test. */
function isWholeMatch(value: unknown, test: ValueTest, isRow: boolean): boolean {
  return test.wholes.every((matches) => matches(value, isRow)) && areMembersMatch(value, test);
}

function areMembersMatch(value: unknown, { members }: ValueTest): boolean {
  return members.every(({ name, test }) => {
    const places = [value, memberOf(value, 'properties')];
    return hasPropertyValue(places, { name, test }) !== test.not;
  });
}

/**
 * Whether a plain member of the name satisfies the test, in the first place that has it; without a name, any member
 * of any place.
 */
export function hasPropertyValue(places: readonly unknown[], { name, test }: Named<ValueTest>): boolean {
  for (const place of places) {
    if (name === undefined) {
      if (memberNames(place).some((one) => isPlainMatch(textOf(memberOf(place, one)), test))) return true;
    } else {
      const text = textOf(memberOf(place, name));
      if (text !== undefined) return isPlainMatch(text, test);
    }
  }
  return false;
}

/** Whether the text of a plain member satisfies the test. */
export function isPlainMatch(text: string | undefined, test: ValueTest): boolean {
  return text !== undefined && isTextMatch(text, test);
}

function isTextMatch(text: string, test: ValueTest): boolean {
  if (text === NULL_TEXT) return test.takesNull;
  if (isTestedAtOnce(text)) return test.texts.every((matches) => matches(text));
  return longTest(test, text, () => longTextMatches(text, test));
}

/** Whether a long text satisfies the test, in steps. */
export function* longTextMatches(text: string, { texts }: ValueTest): Generator<void, boolean> {
  for (const matches of texts) {
    yield;
    if (!(matches.inSteps ? yield* matches.inSteps(text) : matches(text))) return false;
  }
  return true;
}

/** Tries the data of no context and of each context in scope, until one matches. */
export function someInScope(entity: unknown, scope: ContextScope, matches: (data: unknown) => boolean): boolean {
  const data = memberOf(entity, 'data');
  if (scope.self && matches(data)) return true;
  if (scope.contexts !== 'all' && scope.contexts.length === 0) return false;
  return elementsOf(memberOf(data, 'contexts')).some((element) => {
    const context = memberOf(element, 'context');
    return isMembers(context) && isInScope(scope, context) && matches(element);
  });
}

/** Whether the test holds: a value satisfies it, or with `not`, none does. */
export function holds(isSatisfied: boolean, { not }: ValueTest): boolean {
  return isSatisfied !== not;
}
