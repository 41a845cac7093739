/** Conditions of the documented services on the texts of tasks: words and whole values, in any case. */
import { type Faults, kindOf, type UnknownObject } from '../../options/faults.js';

/** Operators of a condition on a text. */
const TEXT_OPERATORS = ['eq', 'contains', 'exact', 'exacts', 'startswith', 'hasvalue'] as const;

/** Members that stand beside an operator: the type of the operand, and how several of its words are joined. */
const BESIDE = ['type', 'not', 'operator'] as const;

/** Operators that texts have no use for. */
const RANGES = ['gt', 'gte', 'lt', 'lte'] as const;

/** Maximum conditions of a body: each is tested on every task. */
export const MOST_CONDITIONS = 100;

/** Maximum values, or words, in the conditions of a body. */
const MOST_VALUES = 1000;

/** One operator with its operands, in lower case. */
export interface TextTest {
  readonly operator: (typeof TEXT_OPERATORS)[number];
  readonly operands: readonly string[];
  /** The words of each operand. */
  readonly words: readonly (readonly string[])[];
}

/** A condition; all tests hold, or with `not` they do not. */
export interface TextCondition {
  readonly tests: readonly TextTest[];
  readonly not: boolean;
}

/** Accepts a condition; undefined, with faults, for anything else. */
export function acceptTextCondition(value: unknown, at: string, faults: Faults): TextCondition | undefined {
  const condition: UnknownObject | undefined = faults.object(value, at);
  if (!condition) return undefined;
  faults.checkKeys(condition, at, [...TEXT_OPERATORS, ...BESIDE], RANGES);
  if (!faults.bounded('conditions', 1, MOST_CONDITIONS, at)) return undefined;
  const tests: TextTest[] = [];
  for (const operator of TEXT_OPERATORS) {
    const operand = condition[operator];
    if (operand === undefined) continue;
    const operands = operandsOf(operator, operand, `${at}.${operator}`, faults);
    if (!operands) continue;
    const lower = operands.map((one) => one.toLowerCase());
    const words = lower.map(wordsOf);
    const values = Math.max(
      lower.length,
      words.reduce((sum, one) => sum + one.length, 0),
    );
    if (faults.bounded('values', values, MOST_VALUES, `${at}.${operator}`)) {
      tests.push({ operator, operands: lower, words });
    }
  }
  faults.string(condition.type, `${at}.type`);
  const joined = faults.word(condition.operator, `${at}.operator`, ['_OR', '_AND']);
  if (joined === '_AND' && tests.some(hasAlternatives)) {
    faults.add('UNSUPPORTED', `${at}.operator`, 'joins values of tasks by _OR only; give each a condition of its own');
  }
  const not = faults.boolean(condition.not, `${at}.not`) ?? false;
  if (tests.length === 0 && !RANGES.some((name) => name in condition)) {
    faults.add('INVALID', `${at}.exact`, 'is required, or another operator');
  }
  return { tests, not };
}

function operandsOf(
  operator: TextTest['operator'],
  operand: unknown,
  at: string,
  faults: Faults,
): readonly string[] | undefined {
  if (operator === 'hasvalue') {
    const flag = faults.boolean(operand, at);
    return flag === undefined ? undefined : [String(flag)];
  }
  if (operator === 'exacts' || operator === 'startswith') return faults.filled(faults.strings(operand, at, true), at);
  // Flags and numbers of tasks are compared as text.
  if (typeof operand === 'boolean' || typeof operand === 'number') return [String(operand)];
  if (typeof operand !== 'string') {
    faults.add('INVALID', at, `must be a string, not ${kindOf(operand)}`);
    return undefined;
  }
  if (operand.includes('*')) faults.add('UNSUPPORTED', at, 'wildcards are not supported for tasks');
  return operator === 'eq' ? operand.split('|') : [operand];
}

/** Whether a text meets a condition; undefined is no value. */
export function meets({ tests, not }: TextCondition, text: string | undefined): boolean {
  const lower = text?.toLowerCase();
  return tests.every((test) => holds(test, lower)) !== not;
}

/** Whether one of several values is enough. */
function hasAlternatives({ operator, operands, words }: TextTest): boolean {
  return operator === 'contains' ? words.some(({ length }) => length > 1) : operator === 'eq' && operands.length > 1;
}

function holds({ operator, operands, words: wanted }: TextTest, text: string | undefined): boolean {
  if (operator === 'hasvalue') return operands[0] === String(text !== undefined);
  if (text === undefined) return false;
  const words = new Set(wordsOf(text));
  switch (operator) {
    case 'exact':
    case 'exacts':
      return operands.includes(text);
    case 'startswith':
      return operands.some((operand) => text.startsWith(operand));
    case 'eq':
      return wanted.some((operand) => operand.every((word) => words.has(word)));
    case 'contains':
      return wanted.some((operand) => operand.some((word) => words.has(word)));
  }
}

/** The words of a text; names of events and types are one word each. */
function wordsOf(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}_.@:'-]+/u).filter((word) => word !== '');
}
