/** One condition of a criterion: its operators, what they are compared with, and how. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { ComparisonType, Condition, Conditions } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { quoted } from '../../terms/shown-text.js';
import { BOUNDS } from './bounds.js';
import { ConditionReader, OPERATORS } from './condition-reader.js';
import { acceptContexts } from './contexts.js';

/** What a condition is about: an attribute of an entity, one inside another or of a relationship, or a property. */
export type Subject = 'attribute' | 'child' | 'property';

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

/** Conditions by name, in a list; one object may stand for a list of one. An empty list says nothing. */
export function acceptConditions(
  value: unknown,
  path: string,
  faults: Faults,
  subject: Subject,
  level = 0,
): readonly Conditions[] | undefined {
  if (value === undefined) return undefined;
  if (level > BOUNDS.levels) {
    faults.add('INVALID', path, `has more than ${BOUNDS.levels} levels of conditions`);
    return undefined;
  }
  const list = eachObject(value, path, faults).map(([element, at]) => {
    const names = Object.entries(element);
    if (names.length === 0) faults.add('INVALID', at, 'names nothing');
    if (!faults.bounded('conditions', names.length, BOUNDS.conditions, at)) return {};
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
  if (!faults.fits(list, path, BOUNDS.conditions)) return [];
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
  const given = typeof value === 'string' ? quoted(value) : kindOf(value);
  faults.add('INVALID', path, `must be one of ${[...TYPES.values()].join(', ')}, not ${given}`);
  return undefined;
}
