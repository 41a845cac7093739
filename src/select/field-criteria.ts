/** Criteria by path: compiles them, and tests entities of any shape. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { isMembers, memberOf, NumberText, textOf } from '../scan/decode-value.js';
import type { Conditions } from '../terms/criteria.js';
import { SluiceError } from '../terms/errors.js';
import { jsonValue } from '../terms/json-value.js';
import { EVERY, type Path, parsePath } from '../terms/path.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { compileCondition, type ValueTest } from './compile-condition.js';
import { holds, isPlainMatch, longTextMatches } from './find-value.js';
import { isElementNumber } from './path-rules.js';
import { LONG_TEXT } from './word-pieces.js';

/** One condition on the values at a path. */
export interface FieldTest {
  readonly path: Path;
  readonly test: ValueTest;
}

/** Compiles the conditions, all of which must hold; yields to the event loop if there are many. */
export async function compileFields(elements: readonly Conditions[]): Promise<readonly FieldTest[]> {
  const tests: FieldTest[] = [];
  for (const element of elements) {
    for (const [name, condition] of Object.entries(element)) {
      if (turnIsOver()) await nextTurn();
      tests.push({ path: parsePath(name, 'criteria.fields'), test: await compileCondition(condition) });
    }
  }
  return tests;
}

/** Whether a value at the end of a path satisfies the test, or one of its elements. */
export function valueMatches(value: unknown, test: ValueTest): boolean {
  return hasMatchAt(value, [], 0, test, 0);
}

/** Whether the condition holds for an entity: a value at the path satisfies it, or with `not`, none does. */
export function fieldHolds(entity: unknown, { path, test }: FieldTest): boolean {
  return holds(hasMatchAt(entity, path, 0, test, 0), test);
}

function hasMatchAt(value: unknown, path: Path, at: number, test: ValueTest, level: number): boolean {
  if (Array.isArray(value)) {
    checkLevel(level);
    const step = path[at];
    if (at < path.length && step !== EVERY && isElementNumber(step)) {
      return hasMatchAt(elementAt(value, Number(step)), path, at + 1, test, level + 1);
    }
    const next = at < path.length && step === EVERY ? at + 1 : at;
    for (let index = 0; index < value.length; index++) {
      if (hasMatchAt(elementAt(value, index), path, next, test, level + 1)) return true;
    }
    return false;
  }
  if (at === path.length) return isMatch(value, test);
  if (!isMembers(value)) return false;
  const step = path[at];
  if (step !== EVERY) return hasMatchAt(memberOf(value, step), path, at + 1, test, level + 1);
  return Object.keys(value).some((name) => hasMatchAt(memberOf(value, name), path, at + 1, test, level + 1));
}

/** Like `fieldHolds`, in turns of the event loop, for an entity with many values or long ones; objects may be maps. */
export async function fieldHoldsInTurns(entity: unknown, { path, test }: FieldTest, run: Run): Promise<boolean> {
  for (const value of valuesAt(entity, path, 0, 0)) {
    if (turnIsOver()) await nextTurn(run);
    if (value === WAIT) continue;
    const text = textOf(value);
    const isLong = text !== undefined && text.length > LONG_TEXT;
    const isSatisfied = isLong ? await stepsInTurns(longTextMatches(text, test), run) : isMatch(value, test);
    if (isSatisfied) return holds(true, test);
  }
  return holds(false, test);
}

/** The values at a path, one by one; undefined where the caller may pause. */
export function* valuesOf(entity: unknown, path: Path): Generator<unknown, void> {
  for (const value of valuesAt(entity, path, 0, 0)) yield value === WAIT ? undefined : value;
}

/** Yielded where no value was found, so that the search can be interrupted there. */
const WAIT = Symbol('wait');

function* valuesAt(value: unknown, path: Path, at: number, level: number): Generator<unknown, void> {
  yield WAIT;
  const step = path[at];
  if (Array.isArray(value)) {
    checkLevel(level);
    if (at < path.length && step !== EVERY && isElementNumber(step)) {
      yield* valuesAt(elementAt(value, Number(step)), path, at + 1, level + 1);
      return;
    }
    const next = at < path.length && step === EVERY ? at + 1 : at;
    for (let index = 0; index < value.length; index++) yield* valuesAt(elementAt(value, index), path, next, level + 1);
  } else if (at === path.length) {
    yield value;
  } else if (value instanceof Map) {
    const members = step === EVERY ? value.values() : value.has(step) ? [value.get(step)] : [];
    for (const member of members) yield* valuesAt(member, path, at + 1, level + 1);
  } else if (isMembers(value)) {
    const names = step === EVERY ? Object.keys(value) : [step];
    for (const name of names) yield* valuesAt(memberOf(value, name), path, at + 1, level + 1);
  }
}

/** The element as JSON writes it. */
function elementAt(array: readonly unknown[], index: number): unknown {
  const element = array[index];
  return typeof element === 'object' && element !== null && !(element instanceof NumberText)
    ? jsonValue(element, String(index))
    : element;
}

/** An object has no text, but is a value. */
function isMatch(value: unknown, test: ValueTest): boolean {
  if (isMembers(value)) return test.texts.length === 0;
  return isPlainMatch(textOf(value), test);
}

function checkLevel(level: number): void {
  if (level <= DEFAULT_MAX_DEPTH) return;
  throw new SluiceError('TOO_DEEP', 'select', `more than ${DEFAULT_MAX_DEPTH} nested brackets`);
}
