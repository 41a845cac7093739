/** Accepts the order of a result: the documented `sort`, and that of the library's form. */
import { type Faults, join, type UnknownObject } from '../../options/faults.js';
import { COMPARISON_TYPES, type ComparisonType } from '../../terms/criteria.js';
import { definedOnly } from '../../terms/defined-only.js';
import { quoted } from '../../terms/shown-text.js';
import { SORT_ORDERS, type SortKey } from '../../terms/sort.js';
import { BOUNDS } from './bounds.js';
import { eachObject, refuseBadPath } from './condition.js';

/** The lists of the documented form, in which the first one is compared first. */
const LISTS: Readonly<Record<string, 'attribute' | 'property'>> = { attributes: 'attribute', properties: 'property' };

/** Directions of the documented form. */
const DIRECTIONS = ['_ASC', '_DESC'] as const;

/** The documented form, `{ attributes: [{ mdmid: '_ASC', sortType: '_STRING' }] }`; without a type it compares text. */
export function acceptBodySort(value: unknown, path: string, faults: Faults): readonly SortKey[] | undefined {
  const given = value === undefined ? undefined : faults.object(value, path);
  if (!given) return undefined;
  faults.checkKeys(given, path, Object.keys(LISTS));
  const keys = Object.entries(given).flatMap(([list, elements]) => {
    const kind = LISTS[list];
    if (kind === undefined) return [];
    return eachObject(elements, `${path}.${list}`, faults).flatMap(([element, at]) =>
      keysOf(element, kind, at, faults),
    );
  });
  return bounded(keys, path, faults);
}

function keysOf(
  { sortType, ...directions }: UnknownObject,
  kind: 'attribute' | 'property',
  path: string,
  faults: Faults,
): readonly SortKey[] {
  const type = faults.word(sortType, `${path}.sortType`, COMPARISON_TYPES) ?? '_STRING';
  const names = Object.entries(directions);
  if (names.length === 0) faults.add('INVALID', path, `names no ${kind}: { "<name>": "_ASC" }`);
  return names.flatMap(([name, direction]) => {
    const word = faults.word(direction, join(path, name), DIRECTIONS);
    if (word === undefined) return [];
    return [{ [kind]: name, order: word === '_DESC' ? 'desc' : 'asc', type } satisfies SortKey];
  });
}

/** The library's form: keys, or texts such as `price.amount desc`; one of either counts as a list. */
export function acceptSort(value: unknown, path: string, faults: Faults): readonly SortKey[] | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!faults.fits(list, path, BOUNDS.sortKeys)) return undefined;
  const keys = list.flatMap((one, index) => {
    const at = Array.isArray(value) ? `${path}[${index}]` : path;
    if (typeof one === 'string') return textKey(one, at, faults);
    const given = faults.object(one, at);
    return given ? acceptKey(given, at, faults) : [];
  });
  return bounded(keys, path, faults);
}

function bounded(keys: readonly SortKey[], path: string, faults: Faults): readonly SortKey[] | undefined {
  faults.bounded('keys to sort by', keys.length, BOUNDS.sortKeys, path);
  return keys.length === 0 ? undefined : keys;
}

const PLACES = ['attribute', 'property', 'field'] as const;

function acceptKey(given: UnknownObject, path: string, faults: Faults): readonly SortKey[] {
  faults.checkKeys(given, path, [...PLACES, 'order', 'type']);
  const places = PLACES.filter((name) => given[name] !== undefined);
  if (places.length !== 1) {
    const what = places.length === 0 ? 'none' : places.join(' and ');
    faults.add('INVALID', path, `must have one of ${PLACES.join(', ')}, not ${what}`);
    return [];
  }
  const [place] = places;
  const name = faults.filledString(given[place], `${path}.${place}`);
  if (place === 'field' && name !== undefined) refuseBadPath(name, `${path}.field`, faults);
  return [
    definedOnly({
      [place]: name,
      order: faults.word(given.order, `${path}.order`, SORT_ORDERS),
      type: faults.word(given.type, `${path}.type`, COMPARISON_TYPES),
    }),
  ];
}

/** What may follow a path, and the type that it means. */
const TYPE_WORDS: Readonly<Record<string, ComparisonType>> = {
  text: '_STRING',
  number: '_DECIMAL',
  datetime: '_DATETIME',
  date: '_DATE',
  boolean: '_BOOLEAN',
};

/** A path, then `asc` or `desc`, then a type; the last two may be absent. */
function textKey(text: string, path: string, faults: Faults): readonly SortKey[] {
  const words = text.trim().split(/(?<!\\)\s+/);
  const [field = '', ...more] = words;
  let rest = more.map((word) => word.toLowerCase());
  const order = SORT_ORDERS.find((word) => word === rest[0]);
  if (order) rest = rest.slice(1);
  const type = Object.hasOwn(TYPE_WORDS, rest[0] ?? '') ? TYPE_WORDS[rest[0]] : undefined;
  if (type) rest = rest.slice(1);
  if (field === '' || rest.length > 0) {
    const known = `${SORT_ORDERS.join(' or ')}, and ${Object.keys(TYPE_WORDS).join(', ')}`;
    const message = `must be a path, which may be followed by ${known}, not ${quoted(text)}`;
    faults.add('INVALID', path, `${message}; a backslash makes a blank part of a name`);
    return [];
  }
  refuseBadPath(field, path, faults);
  return [definedOnly({ field, order, type })];
}
