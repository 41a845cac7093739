/** Compiles a condition to a test of values: one value must satisfy all its operators. */

import { eachInTurns, nextTurn, turnIsOver } from '../loop/turn.js';
import {
  type Bound,
  type ComparisonType,
  type Condition,
  type Conditions,
  holdsWithoutValue,
  isAnyName,
  type Operand,
} from '../terms/criteria.js';
import { NULL_TEXT } from '../terms/entity-words.js';
import { namesOf, type Operator } from '../terms/operators.js';
import { alternativesOf } from '../values/alternatives.js';
import { parseDate, parseDateTime } from '../values/date-time.js';
import { compareDecimal, decimalKey, parseDecimal } from '../values/decimal.js';
import { fold, foldedFront } from '../values/words.js';
import { contextTest, unitTest, type WholeTest } from './value-object.js';
import { anyEqualTest, equalTest, startTest, type TextTest, wordsTest } from './word-match.js';

/** A test for a name; undefined stands for every name. */
export type Named<T> = { readonly name: string | undefined; readonly test: T };

/** A compiled condition. */
export interface ValueTest {
  /** Tests of the text of a value; empty where any text will do. */
  readonly texts: readonly TextTest[];
  /** The same tests of a number with at most 15 digits; absent where they do not compare with such a number. */
  readonly ofShort?: (value: number) => boolean;
  /** Whether an explicit null satisfies the operators. */
  readonly takesNull: boolean;
  /** The condition holds when no value satisfies it. */
  readonly not: boolean;
  /** Conditions on members of the value. */
  readonly members: readonly Named<ValueTest>[];
  /** Tests of the complete value object or row: of its unit, its locale and its source. */
  readonly wholes: readonly WholeTest[];
  /** Conditions on the children of a row; undefined where values without children will do. */
  readonly children?: readonly Named<ValueTest>[];
}

/** Compiles conditions by name, all of which must hold. */
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
  return isAnyName(name) ? undefined : name;
}

/** Compiles a condition. */
export async function compileCondition(condition: Condition): Promise<ValueTest> {
  const { attributes, valueProperties, valueContexts, isUom = false } = condition;
  const tests: OperatorTest[] = [];
  const wholes: WholeTest[] = valueContexts ? [contextTest(valueContexts)] : [];
  if (isUom) wholes.push(...unitTests(condition));
  for (const name of CHEAPEST_FIRST) {
    // The operands of these have units.
    if (isUom && WITH_UNITS.has(name)) continue;
    const test = await operatorTest(name, condition);
    if (test) tests.push(test);
  }
  return {
    texts: tests.map(({ test }) => test),
    ofShort: allShort(tests),
    takesNull: condition.hasvalue === undefined && tests.length > 0 && tests.every(({ takesNull }) => takesNull),
    not: holdsWithoutValue(condition),
    members: await compileConditions(valueProperties),
    wholes,
    children: attributes && (await compileConditions(attributes)),
  };
}

/** Operators whose operands may have units. */
const WITH_UNITS: ReadonlySet<Operator> = new Set<Operator>(['eq', 'exact', 'exacts']);

/** One test for each of these operators that is given. */
function unitTests({ eq, exact, exacts }: Condition): readonly WholeTest[] {
  const operands = [
    eq === undefined ? undefined : alternativesOf(String(eq)),
    exact && [String(exact)],
    exacts?.map(String),
  ];
  return operands.flatMap((list) => (Array.isArray(list) ? [unitTest(list)] : []));
}

function allShort(tests: readonly OperatorTest[]): ValueTest['ofShort'] {
  const short = tests.flatMap(({ ofShort }) => ofShort ?? []);
  if (tests.length === 0 || short.length < tests.length) return undefined;
  return short.length === 1 ? short[0] : (value) => short.every((holds) => holds(value));
}

/** One operator of a condition. */
interface OperatorTest {
  readonly test: TextTest;
  readonly ofShort?: (value: number) => boolean;
  /** Whether an explicit null satisfies it. */
  readonly takesNull?: boolean;
}

/** Compiles one operator; undefined if it does not depend on the text of a value. */
type Compile<Operand> = (
  operand: Operand,
  type: ComparisonType | undefined,
) => Promise<OperatorTest> | OperatorTest | undefined;

/** One compiler for each operator, the cheapest tests first: complete values before searches for words. */
const COMPILERS: { readonly [Name in Operator]: Compile<NonNullable<Condition[Name]>> } = {
  exact: (operand, type) => ({ ...exactTest(operand, type), takesNull: operand === NULL_TEXT }),
  exacts: async (operands, type) => ({
    test: await exactsTest(operands, type),
    takesNull: operands.includes(NULL_TEXT),
  }),
  startswith: async (operands) => ({ test: await startTest(operands) }),
  gt: (bound, type) => rangeTest(bound, type, (order) => order > 0),
  gte: (bound, type) => rangeTest(bound, type, (order) => order >= 0),
  lt: (bound, type) => rangeTest(bound, type, (order) => order < 0),
  lte: (bound, type) => rangeTest(bound, type, (order) => order <= 0),
  eq: async (operand, type) => anyOf(await Promise.all(partsOf(operand).map((part) => eqTest(part, type)))),
  contains: async (operand) => ({ test: await wordsTest(operand, false) }),
  hasvalue: () => undefined,
};

const CHEAPEST_FIRST = namesOf(COMPILERS);

async function operatorTest<Name extends Operator>(
  name: Name,
  { [name]: operand, type }: Condition,
): Promise<OperatorTest | undefined> {
  return operand === undefined ? undefined : COMPILERS[name](operand, type);
}

const NEVER: TextTest = () => false;

async function eqTest(operand: Operand, type: ComparisonType | undefined): Promise<OperatorTest> {
  const isText = typeof operand === 'string' && (type === undefined || type === '_STRING');
  if (isText && operand !== NULL_TEXT) return { test: await wordsTest(operand, true) };
  return { ...exactTest(operand, type), takesNull: operand === NULL_TEXT };
}

/** The alternatives of an operand. */
function partsOf(operand: Operand): readonly Operand[] {
  return typeof operand === 'string' ? alternativesOf(operand) : [operand];
}

/** Holds where one of the tests does. */
function anyOf(tests: readonly OperatorTest[]): OperatorTest {
  if (tests.length === 1) return tests[0];
  const one: TextTest = (text) => tests.some(({ test }) => test(text));
  return {
    test: Object.assign(one, { inSteps: (text: string) => anyInSteps(text, tests) }),
    takesNull: tests.some(({ takesNull }) => takesNull),
  };
}

function* anyInSteps(text: string, tests: readonly OperatorTest[]): Generator<void, boolean> {
  for (const { test } of tests) if (test.inSteps ? yield* test.inSteps(text) : test(text)) return true;
  return false;
}

/** Tests for equality as a number, a boolean or an instant: by the type, else by the operand. */
function exactTest(operand: Operand, type: ComparisonType | undefined): OperatorTest {
  if (operand === NULL_TEXT) return { test: NEVER };
  if (type === '_DATETIME') return orderTest(String(operand), compareInstants, (order) => order === 0);
  if (type === '_DATE') return orderTest(String(operand), compareDates, (order) => order === 0);
  const isNumber = type === '_INTEGER' || type === '_DECIMAL' || (type === undefined && typeof operand === 'number');
  if (isNumber) return orderTest(String(operand), compareNumbers, (order) => order === 0);
  return { test: equalTest(String(operand)) };
}

async function exactsTest(operands: readonly (string | number)[], type: ComparisonType | undefined): Promise<TextTest> {
  const others = operands.filter((operand) => operand !== NULL_TEXT);
  if (type !== undefined) return anyOfTypeTest(others.map(String), type);
  const numbers = others.filter((operand) => typeof operand === 'number');
  const texts = others.filter((operand) => typeof operand === 'string');
  const isText = await anyEqualTest(texts);
  if (numbers.length === 0) return isText;
  const isNumber = await anyOfTypeTest(numbers.map(String), '_DECIMAL');
  return (text) => isText(text) || isNumber(text);
}

async function anyOfTypeTest(others: readonly string[], type: ComparisonType): Promise<TextTest> {
  const key = keyOf(type);
  if (!key) return anyEqualTest(others);
  const wanted = new Set<string | number | undefined>();
  await eachInTurns(others, (operand) => wanted.add(key(operand)));
  return (text) => {
    const own = key(text);
    return own !== undefined && wanted.has(own);
  };
}

/** A key that equal values of the type share; undefined where folded texts are compared. */
function keyOf(type: ComparisonType | undefined): ((text: string) => string | number | undefined) | undefined {
  if (type === '_DATETIME') return parseDateTime;
  if (type === '_DATE') return parseDate;
  if (type === '_BOOLEAN') return fold;
  if (type !== '_INTEGER' && type !== '_DECIMAL') return undefined;
  return (text) => {
    const decimal = parseDecimal(text);
    return decimal && decimalKey(decimal);
  };
}

/** Returns how a text compares with the bound: below, at or above zero, or NaN where they cannot be compared. */
type Comparer = (bound: string) => ((text: string) => number) | undefined;

const compareNumbers: Comparer = (bound) => {
  const decimal = parseDecimal(bound);
  return decimal && ((text) => compareDecimal(text, decimal));
};

const compareInstants: Comparer = (bound) => {
  const instant = parseDateTime(bound);
  return instant === undefined ? undefined : (text) => (parseDateTime(text) ?? Number.NaN) - instant;
};

const compareDates: Comparer = (bound) => {
  const date = parseDate(bound);
  return date === undefined ? undefined : (text) => (parseDate(text) ?? Number.NaN) - date;
};

const compareTexts: Comparer = (bound) => {
  const folded = fold(bound);
  return (text) => {
    const own = foldedFront(text, folded.length + 1);
    return own < folded ? -1 : own > folded ? 1 : 0;
  };
};

/** Without a type the bound decides: a number compares numbers, a date-time instants. */
function rangeTest(bound: Bound, type: ComparisonType | undefined, accepts: (order: number) => boolean): OperatorTest {
  const text = String(bound);
  return orderTest(text, comparerOf(text, type), accepts);
}

function comparerOf(bound: string, type: ComparisonType | undefined): Comparer {
  if (type === '_STRING') return compareTexts;
  if (type === '_DATETIME') return compareInstants;
  if (type === '_DATE') return compareDates;
  return parseDecimal(bound) === undefined ? compareInstants : compareNumbers;
}

function orderTest(bound: string, comparer: Comparer, accepts: (order: number) => boolean): OperatorTest {
  const compare = comparer(bound);
  if (!compare) return { test: NEVER };
  const short = comparer === compareNumbers ? parseDecimal(bound)?.short : undefined;
  const test = (text: string) => accepts(compare(text));
  return short === undefined ? { test } : { test, ofShort: (value) => accepts(value - short) };
}
