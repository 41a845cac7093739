/** The operators of a condition: how each is accepted, explained and documented. Adding one begins here. */
import type { Bound, Operand, Operators } from './criteria.js';

/** The name of an operator. */
export type Operator = keyof Operators;

/** Kinds of operands, with the type that each is accepted as. */
export interface OperandKinds {
  /** Text, a number or a boolean. */
  value: Operand;
  /** Text whose words and phrases are searched for. */
  words: string;
  /** Values: texts and numbers. */
  values: readonly (string | number)[];
  /** Beginnings of values. */
  prefixes: readonly string[];
  /** A number, a date-time or date math. */
  bound: Bound;
  /** Whether there is a value. */
  presence: boolean;
}

/** One kind of operand. */
export type OperandKind = keyof OperandKinds;

/** What is known of an operator apart from how values are compared. */
export interface OperatorDescription<Kind extends OperandKind = OperandKind> {
  readonly operand: Kind;
  /** Its row in docs/request.md and its description in the OpenAPI document. */
  readonly sentence: string;
  /** The words before the operand in an explained plan. */
  readonly phrase: string;
  /** Which of its words or values must match, where there may be several. */
  readonly combines?: 'any' | 'all';
  /** Whether date math such as `now/d` rounds up to the end of its unit; absent: down. */
  readonly roundsUp?: boolean;
  /** Names of this operator elsewhere, in lower case: refused with a hint to it. */
  readonly synonyms?: readonly string[];
}

/** A description whose operand is accepted as the type of the member. */
type DescriptionOf<Value> = {
  [Kind in OperandKind]: OperandKinds[Kind] extends Value ? OperatorDescription<Kind> : never;
}[OperandKind];

/** All operators, in the order of the documentation. */
export const OPERATORS: { readonly [Name in Operator]-?: DescriptionOf<Operators[Name]> } = {
  eq: {
    operand: 'value',
    sentence:
      'Every word of the text occurs, in any order; a number, boolean or date-time is equal. `|` separates alternatives.',
    phrase: 'has all words of',
    combines: 'all',
  },
  contains: {
    operand: 'words',
    sentence: 'At least one word or phrase of the text occurs.',
    phrase: 'has a word of',
    combines: 'any',
  },
  exact: { operand: 'value', sentence: 'The complete value is equal.', phrase: 'is exactly' },
  exacts: {
    operand: 'values',
    sentence: 'The complete value is equal to one of a list, by its size to a number in it; 10,000 cost one look-up.',
    phrase: 'is one of',
    combines: 'any',
    synonyms: ['in', 'anyof', 'oneof'],
  },
  startswith: {
    operand: 'prefixes',
    sentence: 'The value begins with the text, or with one of a list.',
    phrase: 'starts with',
    combines: 'any',
  },
  hasvalue: {
    operand: 'presence',
    sentence: 'There is a value (`true`), or there is none (`false`).',
    phrase: 'has',
    synonyms: ['isnull', 'isempty', 'exists'],
  },
  gt: {
    operand: 'bound',
    sentence: 'The value is above a number, a date-time or date math.',
    phrase: 'is above',
    roundsUp: true,
    synonyms: ['greaterthan', 'after', '>'],
  },
  gte: {
    operand: 'bound',
    sentence: 'The value is equal to a number, a date-time or date math, or above it.',
    phrase: 'is at least',
    synonyms: ['greaterthanorequal', 'greaterthanorequals', 'from', 'min', '>='],
  },
  lt: {
    operand: 'bound',
    sentence: 'The value is below a number, a date-time or date math.',
    phrase: 'is below',
    synonyms: ['lessthan', 'before', '<'],
  },
  lte: {
    operand: 'bound',
    sentence: 'The value is equal to a number, a date-time or date math, or below it.',
    phrase: 'is at most',
    roundsUp: true,
    synonyms: ['lessthanorequal', 'lessthanorequals', 'to', 'max', '<='],
  },
};

/** The names of all operators. */
export const OPERATOR_NAMES: readonly Operator[] = namesOf(OPERATORS);

/** The names of the operators of these kinds. */
export function operatorsOf(...kinds: readonly OperandKind[]): readonly Operator[] {
  return OPERATOR_NAMES.filter((name) => kinds.includes(OPERATORS[name].operand));
}

/** The keys of a table with one entry for each operator, in its order. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in table) names.push(name);
  return names;
}
