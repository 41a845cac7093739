/** One condition of a criterion: its operators, what they are compared with, and how. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Bound, ComparisonType, Condition, Conditions, Operand } from '../../terms/criteria.js';
import { isDateMath, parseDateTime } from '../../terms/date-time.js';
import { parseDecimal } from '../../terms/decimal.js';
import { definedOnly } from '../../terms/defined-only.js';
import { NULL_TEXT } from '../../terms/entity-words.js';
import { phrasesOf } from '../../terms/words.js';
import { acceptContexts } from './contexts.js';

/** What a condition is about: an attribute of an entity, one inside another or of a relationship, or a property. */
export type Subject = 'attribute' | 'child' | 'property';

const RANGES = ['gt', 'gte', 'lt', 'lte'] as const;
const TEXTS = ['eq', 'contains', 'exact', 'exacts', 'startswith'] as const;
const OPERATORS: readonly string[] = [...TEXTS, 'hasvalue', ...RANGES];

/** Everything that a condition of an attribute may say. */
export const CONDITION_MEMBERS: readonly string[] = [
  ...OPERATORS,
  ...['type', 'not', 'operator', 'attributes', 'valueProperties', 'contexts', 'nonContextual'],
];

const KEYS: Readonly<Record<Subject, readonly string[]>> = {
  attribute: CONDITION_MEMBERS,
  child: [...OPERATORS, 'type', 'not', 'operator', 'attributes', 'valueProperties'],
  property: [...OPERATORS, 'type', 'not', 'operator'],
};

/** Documented, and not supported: comparing units needs their tables. */
const UNSUPPORTED = ['isUom'];

/** What is often meant by operators that are not there; what only looks like a misspelling of another one too. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ...['ne', 'neq', 'notequals', 'noteq', '!='].map((word): [string, string] => [
    word,
    '"not": true beside eq or exact',
  ]),
  ...['in', 'anyof', 'oneof'].map((word): [string, string] => [word, '"exacts"']),
  ...['equals', 'equal', 'value', 'is'].map((word): [string, string] => [word, '"exact" or "eq"']),
  ...['like', 'regex', 'match', 'matches', 'endswith'].map((word): [string, string] => [word, '"eq" with * in it']),
  ...['between', 'range'].map((word): [string, string] => [word, '"gte" and "lte"']),
  ...['isnull', 'isempty', 'exists'].map((word): [string, string] => [word, '"hasvalue"']),
  ...['greaterthan', 'after', '>'].map((word): [string, string] => [word, '"gt"']),
  ...['greaterthanorequal', 'greaterthanorequals', 'from', 'min', '>='].map((word): [string, string] => [
    word,
    '"gte"',
  ]),
  ...['lessthan', 'before', '<'].map((word): [string, string] => [word, '"lt"']),
  ...['lessthanorequal', 'lessthanorequals', 'to', 'max', '<='].map((word): [string, string] => [word, '"lte"']),
]);

const TYPES: ReadonlyMap<unknown, ComparisonType> = new Map<unknown, ComparisonType>([
  ['_string', '_STRING'],
  ['_integer', '_INTEGER'],
  ['_decimal', '_DECIMAL'],
  ['_datetime', '_DATETIME'],
  ['_boolean', '_BOOLEAN'],
]);

/** Conditions inside conditions: more than anybody means, and few enough for every walk over them. */
const MOST_LEVELS = 32;

/** Conditions by name, in a list; one object may stand for a list of one. An empty list says nothing. */
export function acceptConditions(
  value: unknown,
  path: string,
  faults: Faults,
  subject: Subject,
  level = 0,
): readonly Conditions[] | undefined {
  if (value === undefined) return undefined;
  if (level > MOST_LEVELS) {
    faults.add('INVALID', path, `has more than ${MOST_LEVELS} levels of conditions`);
    return undefined;
  }
  const list = eachObject(value, path, faults).map(([element, at]) => {
    const names = Object.entries(element);
    if (names.length === 0) faults.add('INVALID', at, 'names nothing');
    return Object.fromEntries(
      names.map(([name, condition]) => {
        if (name === '') faults.add('INVALID', join(at, name), 'a name must not be empty');
        return [name, acceptCondition(condition, join(at, name), faults, subject, level)];
      }),
    );
  });
  return list.length === 0 ? undefined : list;
}

/** The elements of a list of objects with their paths; one object may stand for a list of one. */
export function eachObject(
  value: unknown,
  path: string,
  faults: Faults,
): readonly (readonly [element: UnknownObject, path: string])[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((element, index) => {
    const at = Array.isArray(value) ? `${path}[${index}]` : path;
    if (typeof element === 'object') {
      const object = faults.object(element, at);
      return object ? [[object, at] as const] : [];
    }
    faults.add(
      'INVALID',
      at,
      `must be an ${Array.isArray(value) ? 'object' : 'array of objects'}, not ${kindOf(element)}`,
    );
    return [];
  });
}

function acceptCondition(value: unknown, path: string, faults: Faults, subject: Subject, level: number): Condition {
  const given = faults.object(value, path);
  if (!given) return {};
  checkKeys(given, path, faults, subject);
  const type = acceptType(given.type, `${path}.type`, faults);
  const reader = new ConditionReader(given, path, type, faults);
  const inner = (name: string, kind: Subject) =>
    subject === 'property' ? undefined : acceptConditions(given[name], `${path}.${name}`, faults, kind, level + 1);
  const place = subject === 'attribute' ? given : {};
  const condition: Condition = definedOnly({
    eq: reader.operand('eq'),
    contains: reader.words('contains'),
    exact: reader.operand('exact'),
    exacts: reader.list('exacts'),
    startswith: reader.list('startswith'),
    hasvalue: 'hasvalue' in given ? reader.hasValue() : undefined,
    ...reader.bounds(),
    type,
    not: faults.boolean(given.not, `${path}.not`) || undefined,
    attributes: inner('attributes', 'child'),
    valueProperties: inner('valueProperties', 'property'),
    contexts: acceptContexts(place.contexts, `${path}.contexts`, faults),
    nonContextual: faults.boolean(place.nonContextual, `${path}.nonContextual`),
  });
  reader.checkTogether(condition);
  return condition;
}

/** Other than for members elsewhere, words that mean an operator of ours are told rather than the nearest ones. */
function checkKeys(given: UnknownObject, path: string, faults: Faults, subject: Subject): void {
  const { [subject]: known, attribute: all } = KEYS;
  const rest: [string, unknown][] = [];
  for (const [key, value] of Object.entries(given)) {
    const hint = HINTS.get(key.toLowerCase());
    if (hint !== undefined) faults.add('UNKNOWN_KEY', join(path, key), `is not a known operator; use ${hint}`);
    else if (all.includes(key) && !known.includes(key)) faults.add('INVALID', join(path, key), `has no meaning here`);
    else rest.push([key, value]);
  }
  faults.checkKeys(Object.fromEntries(rest), path, known, UNSUPPORTED);
}

function acceptType(value: unknown, path: string, faults: Faults): ComparisonType | undefined {
  if (value === undefined) return undefined;
  const type = typeof value === 'string' ? TYPES.get(value.toLowerCase()) : undefined;
  if (type) return type;
  const given = typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
  faults.add('INVALID', path, `must be one of ${[...TYPES.values()].join(', ')}, not ${given}`);
  return undefined;
}

/** Reads the operators of one condition. */
class ConditionReader {
  constructor(
    readonly given: UnknownObject,
    readonly path: string,
    readonly type: ComparisonType | undefined,
    readonly faults: Faults,
  ) {}

  #refuse(name: string, message: string): undefined {
    this.faults.add('INVALID', join(this.path, name), message);
    return undefined;
  }

  /** `eq` and `exact`: text, a number or a boolean, of the type that is given. */
  operand(name: 'eq' | 'exact'): Operand | undefined {
    const value = this.given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return this.#refuse(name, `must be a string, a number or a boolean, not ${kindOf(value)}`);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#refuse(name, 'must be a finite number');
    const typed = this.#typed(name, plainZero(value));
    if (name === 'eq' && typeof typed === 'string') return this.#isCompared() ? typed : this.#withWords(name, typed);
    return typed;
  }

  /** `contains`: text. */
  words(name: 'contains'): string | undefined {
    const value = this.faults.string(this.given[name], join(this.path, name));
    return value === undefined ? undefined : this.#withWords(name, value);
  }

  #withWords(name: string, text: string): string | undefined {
    if (phrasesOf(text).length > 0) return text;
    return this.#refuse(name, `holds no word to look for: ${JSON.stringify(text)}; use "exact"`);
  }

  /** `exacts` and `startswith`: texts, or one. */
  list(name: 'exacts' | 'startswith'): readonly string[] | undefined {
    const path = join(this.path, name);
    const list = this.faults.filled(this.faults.strings(this.given[name], path, true), path);
    if (name === 'startswith') {
      if (list?.includes('')) this.#refuse(name, 'must not be empty: every value starts with nothing');
      return list;
    }
    list?.forEach((one, index) => void this.#typed(`${name}[${index}]`, one));
    return list;
  }

  /** `hasvalue`, which is true where nothing is said. */
  hasValue(): boolean | undefined {
    const { hasvalue } = this.given;
    if (hasvalue === undefined || hasvalue === null || hasvalue === '') return true;
    return this.faults.boolean(hasvalue, join(this.path, 'hasvalue'));
  }

  bounds(): { [Name in (typeof RANGES)[number]]?: Bound | undefined } {
    return Object.fromEntries(RANGES.map((name) => [name, this.#bound(name)]));
  }

  #bound(name: string): Bound | undefined {
    const value = this.given[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return this.#refuse(name, `must be a number, its digits or a date-time, not ${kindOf(value)}`);
    }
    if (this.type === '_BOOLEAN') return this.#refuse(name, 'booleans have no order');
    if (this.type === '_STRING') return typeof value === 'string' ? value : String(value);
    const isNumber = typeof value === 'number' ? Number.isFinite(value) : parseDecimal(value) !== undefined;
    const isTime = typeof value === 'string' && (parseDateTime(value) !== undefined || isDateMath(value));
    const wantsTime = this.type === '_DATETIME';
    const wantsNumber = this.type === '_INTEGER' || this.type === '_DECIMAL';
    if ((isNumber && !wantsTime) || (isTime && !wantsNumber)) return plainZero(value);
    const wanted = wantsNumber
      ? 'a number'
      : wantsTime
        ? 'a date-time or date math'
        : 'a number, a date-time or date math';
    const way = this.type === undefined ? '; type "_STRING" compares text' : '';
    return this.#refuse(
      name,
      `must be ${wanted} such as ${wantsNumber ? '"10"' : '"now-7d/d"'}, not ${show(value)}${way}`,
    );
  }

  /** Whether the type makes `eq` compare whole values instead of words. */
  #isCompared(): boolean {
    return this.type !== undefined && this.type !== '_STRING';
  }

  /** The operand as the type has it: booleans from their names; the null of every type stays. */
  #typed(name: string, value: Operand): Operand | undefined {
    // An explicit null can be asked for whatever the type.
    if (value === NULL_TEXT || this.type === undefined) return value;
    const text = String(value);
    switch (this.type) {
      case '_STRING':
        return text;
      case '_BOOLEAN':
        if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
        return this.#refuse(name, `must be true or false, not ${show(value)}`);
      case '_DATETIME':
        if (parseDateTime(text) !== undefined) return text;
        return this.#refuse(name, `must be a date-time such as "2018-07-19T03:18:30.557-0500", not ${show(value)}`);
      default:
        if (parseDecimal(text) !== undefined) return value;
        return this.#refuse(name, `must be a number or its digits, not ${show(value)}`);
    }
  }

  /** What only all members together tell. */
  checkTogether(condition: Condition): void {
    const { given, path, faults } = this;
    const operators = [...OPERATORS, 'attributes', 'valueProperties'];
    const isAsked = (name: string) => Object.hasOwn(given, name) && !isEmptyList(given[name]);
    if (!operators.some(isAsked)) faults.add('INVALID', path, `has no operator: ${OPERATORS.join(', ')}`);
    const others = [...TEXTS, ...RANGES].filter((name) => given[name] !== undefined);
    if (condition.hasvalue === false && others.length > 0) {
      this.#refuse('hasvalue', `false leaves no value for ${others.join(', ')}`);
    }
    for (const name of ['contains', 'startswith'] as const) {
      if (given[name] !== undefined && this.#isCompared()) this.#refuse(name, `compares text, not ${this.type}`);
    }
    this.#checkOperator();
  }

  /** `operator` is accepted where it says what is so without it. */
  #checkOperator(): void {
    const { given, path, faults } = this;
    if (given.operator === undefined) return;
    const word = typeof given.operator === 'string' ? given.operator.toUpperCase() : undefined;
    if (word !== '_AND' && word !== '_OR') {
      faults.add('INVALID', `${path}.operator`, `must be _AND or _OR, not ${show(given.operator)}`);
      return;
    }
    const any = ['contains', 'exacts', 'startswith'].some((name) => given[name] !== undefined);
    const all = given.eq !== undefined;
    if (word === '_OR' ? any && !all : all && !any) return;
    const means = 'exacts, contains and startswith mean any of their operands, eq all of its words';
    faults.add('UNSUPPORTED', `${path}.operator`, `changes no other operator: ${means}`);
  }
}

/** A plain 0 for -0, which JSON does not keep. */
function plainZero<T>(value: T): T | 0 {
  return value === 0 ? 0 : value;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function show(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : kindOf(value);
}
