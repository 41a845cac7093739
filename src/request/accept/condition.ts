/** One condition of a criterion: its operators, what they are compared with, and how. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';
import { COMPARISON_TYPES, type Condition, type Conditions } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { SluiceError } from '../../terms/errors.js';
import { OPERATOR_NAMES, OPERATORS } from '../../terms/operators.js';
import { parsePath } from '../../terms/path.js';
import { BOUNDS } from './bounds.js';
import { ConditionReader } from './condition-reader.js';
import { acceptContexts, acceptValueContexts } from './contexts.js';

/**
 * The subject of a condition: an attribute of an entity, one inside another or of a relationship, a property, or a value
 * by its path.
 */
export type Subject = 'attribute' | 'child' | 'property' | 'field';

/** Members of a condition on an attribute. */
export const CONDITION_MEMBERS: readonly string[] = [
  ...OPERATOR_NAMES,
  ...[
    'type',
    'not',
    'operator',
    'attributes',
    'valueProperties',
    'valueContexts',
    'isUom',
    'contexts',
    'nonContextual',
  ],
];

const KEYS: Readonly<Record<Subject, readonly string[]>> = {
  attribute: CONDITION_MEMBERS,
  child: CONDITION_MEMBERS.filter((name) => name !== 'contexts' && name !== 'nonContextual'),
  property: [...OPERATOR_NAMES, 'type', 'not', 'operator'],
  field: [...OPERATOR_NAMES, 'type', 'not', 'operator'],
};

/** Words for which there is no one operator, with what to write instead. */
const HINTS: readonly (readonly [words: readonly string[], instead: string])[] = [
  [['ne', 'neq', 'notequals', 'noteq', '!='], '"not": true beside eq or exact'],
  [['equals', 'equal', 'value', 'is'], '"exact" or "eq"'],
  [['like', 'regex', 'match', 'matches', 'endswith'], '"eq" with * in it'],
  [['between', 'range'], '"gte" and "lte"'],
];

/** What to write instead of a word that means an operator elsewhere. */
function hintOf(word: string): string | undefined {
  const operator = OPERATOR_NAMES.find((name) => OPERATORS[name].synonyms?.includes(word));
  return operator === undefined ? HINTS.find(([words]) => words.includes(word))?.[1] : `"${operator}"`;
}

/** Conditions by name, in a list; one object counts as a list of one, and an empty list as undefined. */
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
        else if (subject === 'field') refuseBadPath(name, join(at, name), faults);
        return [name, acceptCondition(condition, join(at, name), faults, subject, level)];
      }),
    );
  });
  return list.length === 0 ? undefined : list;
}

/** Adds a fault for a text that is no path. */
export function refuseBadPath(text: string, at: string, faults: Faults): void {
  try {
    parsePath(text, at);
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    faults.add(cause.code, at, cause.message.slice(`${at}: `.length));
  }
}

/** The elements of a list of objects with their paths; one object counts as a list of one. */
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
  const type = faults.word(given.type, `${path}.type`, COMPARISON_TYPES);
  const hasValueObjects = subject === 'attribute' || subject === 'child';
  const isUom = (hasValueObjects && faults.boolean(given.isUom, `${path}.isUom`)) || false;
  const reader = new ConditionReader(given, path, type, isUom, faults);
  const inner = (name: string, kind: Subject) =>
    hasValueObjects ? acceptConditions(given[name], `${path}.${name}`, faults, kind, level + 1) : undefined;
  const place = subject === 'attribute' ? given : {};
  const condition: Condition = definedOnly({
    ...reader.operators(),
    type,
    not: faults.boolean(given.not, `${path}.not`) || undefined,
    attributes: inner('attributes', 'child'),
    valueProperties: inner('valueProperties', 'property'),
    valueContexts: hasValueObjects
      ? acceptValueContexts(given.valueContexts, `${path}.valueContexts`, faults)
      : undefined,
    isUom: isUom || undefined,
    contexts: acceptContexts(place.contexts, `${path}.contexts`, faults),
    nonContextual: faults.boolean(place.nonContextual, `${path}.nonContextual`),
  });
  reader.checkTogether(condition);
  return condition;
}

/** Unknown members that are synonyms of an operator are refused with that operator, not with the nearest spelling. */
function checkKeys(given: UnknownObject, path: string, faults: Faults, subject: Subject): void {
  const { [subject]: known, attribute: all } = KEYS;
  const rest: [string, unknown][] = [];
  for (const [key, value] of Object.entries(given)) {
    const hint = hintOf(key.toLowerCase());
    if (hint !== undefined) faults.add('UNKNOWN_KEY', join(path, key), `is not a known operator; use ${hint}`);
    else if (all.includes(key) && !known.includes(key)) faults.add('INVALID', join(path, key), `has no meaning here`);
    else rest.push([key, value]);
  }
  faults.checkKeys(Object.fromEntries(rest), path, known);
}
