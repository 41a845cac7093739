/** One condition made a test of values: all its operators on one and the same value. */

import { eachInTurns, nextTurn, turnIsOver } from '../loop/turn.js';
import type { Bound, ComparisonType, Condition, Conditions, Operand } from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { parseDateTime } from '../values/date-time.js';
import { compareDecimal, decimalKey, parseDecimal } from '../values/decimal.js';
import { fold } from '../values/words.js';
import { anyEqualTest, equalTest, startTest, type TextTest, wordsTest } from './word-match.js';

/** The name that stands for all of a kind, in lower case; any case is accepted. */
const ANY_NAME = '_all';

/** Something with a name, or anything of its kind where the name is undefined. */
export type Named<T> = { readonly name: string | undefined; readonly test: T };

/** A condition as it is evaluated. */
export interface ValueTest {
  /** What the text of a value must be like; empty where nothing is asked of it. */
  readonly texts: readonly TextTest[];
  /** Whether an explicit null satisfies the operators. */
  readonly takesNull: boolean;
  /** The condition holds when no value satisfies it. */
  readonly not: boolean;
  /** What must hold of members of the value. */
  readonly members: readonly Named<ValueTest>[];
  /** What must hold of children of a row; undefined where nothing is asked, so that values without children will do. */
  readonly children?: readonly Named<ValueTest>[];
}

/** Conditions by name, all of which must hold. */
export async function compileConditions(
  elements: readonly Conditions[] | undefined,
): Promise<readonly Named<ValueTest>[]> {
  const compiled: Named<ValueTest>[] = [];
  for (const element of elements ?? []) {
    for (const [name, condition] of Object.entries(element)) {
      if (turnIsOver()) await nextTurn();
      compiled.push({ name: nameOf(name), test: await compileCondition(condition) });
    }
  }
  return compiled;
}

/** The name; undefined for the one that stands for all. */
export function nameOf(name: string): string | undefined {
  return name.toLowerCase() === ANY_NAME ? undefined : name;
}

/** Makes the test of a condition. */
export async function compileCondition(condition: Condition): Promise<ValueTest> {
  const { attributes, valueProperties, hasvalue } = condition;
  const asked = await textTests(condition);
  return {
    texts: asked.map(({ test }) => test),
    takesNull: hasvalue === undefined && asked.length > 0 && asked.every(({ takesNull }) => takesNull),
    // To have no value is that no value satisfies having one.
    not: (condition.not === true) !== (hasvalue === false),
    members: await compileConditions(valueProperties),
    ...(attributes ? { children: await compileConditions(attributes) } : {}),
  };
}

interface OperatorTest {
  readonly test: TextTest;
  readonly takesNull: boolean;
}

const NEVER: TextTest = () => false;

async function textTests(condition: Condition): Promise<readonly OperatorTest[]> {
  const { eq, contains, exact, exacts, startswith, gt, gte, lt, lte, type } = condition;
  const asked: OperatorTest[] = [];
  const add = (test: TextTest, takesNull = false) => asked.push({ test, takesNull });
  if (exact !== undefined) add(exactTest(exact, type), exact === NULL_TEXT);
  if (exacts) add(await exactsTest(exacts, type), exacts.includes(NULL_TEXT));
  if (startswith) add(await startTest(startswith));
  if (gt !== undefined) add(rangeTest(gt, type, (order) => order > 0));
  if (gte !== undefined) add(rangeTest(gte, type, (order) => order >= 0));
  if (lt !== undefined) add(rangeTest(lt, type, (order) => order < 0));
  if (lte !== undefined) add(rangeTest(lte, type, (order) => order <= 0));
  if (eq !== undefined) add(await eqTest(eq, type), eq === NULL_TEXT);
  if (contains !== undefined) add(await wordsTest(contains, false));
  return asked;
}

async function eqTest(operand: Operand, type: ComparisonType | undefined): Promise<TextTest> {
  const isText = typeof operand === 'string' && (type === undefined || type === '_STRING');
  return isText && operand !== NULL_TEXT ? wordsTest(operand, true) : exactTest(operand, type);
}

/** The value is equal: as a number, a boolean or an instant by the type, else by the operand. */
function exactTest(operand: Operand, type: ComparisonType | undefined): TextTest {
  if (operand === NULL_TEXT) return NEVER;
  if (type === '_DATETIME') return orderTest(String(operand), compareInstants, (order) => order === 0);
  const isNumber = type === '_INTEGER' || type === '_DECIMAL' || (type === undefined && typeof operand === 'number');
  if (isNumber) return orderTest(String(operand), compareNumbers, (order) => order === 0);
  return equalTest(String(operand));
}

async function exactsTest(operands: readonly string[], type: ComparisonType | undefined): Promise<TextTest> {
  const others = operands.filter((operand) => operand !== NULL_TEXT);
  const key = keyOf(type);
  if (!key) return anyEqualTest(others);
  const wanted = new Set<string | number | undefined>();
  await eachInTurns(others, (operand) => wanted.add(key(operand)));
  return (text) => {
    const own = key(text);
    return own !== undefined && wanted.has(own);
  };
}

/** What values of the type share when they are equal; undefined where folded texts are compared. */
function keyOf(type: ComparisonType | undefined): ((text: string) => string | number | undefined) | undefined {
  if (type === '_DATETIME') return parseDateTime;
  if (type === '_BOOLEAN') return fold;
  if (type !== '_INTEGER' && type !== '_DECIMAL') return undefined;
  return (text) => {
    const decimal = parseDecimal(text);
    return decimal && decimalKey(decimal);
  };
}

/** Answers how a text compares with the bound: below, at or above zero, or NaN where it does not. */
type Comparer = (bound: string) => ((text: string) => number) | undefined;

const compareNumbers: Comparer = (bound) => {
  const decimal = parseDecimal(bound);
  return decimal && ((text) => compareDecimal(text, decimal));
};

const compareInstants: Comparer = (bound) => {
  const instant = parseDateTime(bound);
  return instant === undefined ? undefined : (text) => (parseDateTime(text) ?? Number.NaN) - instant;
};

const compareTexts: Comparer = (bound) => {
  const folded = fold(bound);
  return (text) => {
    const own = fold(text);
    return own < folded ? -1 : own > folded ? 1 : 0;
  };
};

/** Without a type the bound decides: a number compares numbers, a date-time instants. */
function rangeTest(bound: Bound, type: ComparisonType | undefined, accepts: (order: number) => boolean): TextTest {
  const text = String(bound);
  return orderTest(text, comparerOf(text, type), accepts);
}

function comparerOf(bound: string, type: ComparisonType | undefined): Comparer {
  if (type === '_STRING') return compareTexts;
  if (type === '_DATETIME') return compareInstants;
  return parseDecimal(bound) === undefined ? compareInstants : compareNumbers;
}

function orderTest(bound: string, comparer: Comparer, accepts: (order: number) => boolean): TextTest {
  const compare = comparer(bound);
  return compare ? (text) => accepts(compare(text)) : NEVER;
}
