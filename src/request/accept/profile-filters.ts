/** Accepts the filters of a profile: fields to keep beside the requested ones, and fields to leave out, by entity type. */

import { type Faults, isObject, join } from '../../options/faults.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import type { FieldFilter, FieldFilters, FieldList } from '../../terms/fields.js';
import { acceptFieldList } from './members.js';

/** The key that applies to every type. */
const EVERY_TYPE = '_ALL';

/** Fields by type, while they are collected. */
type Gathered = Map<string, FieldFilter>;

/**
 * The library's form: by type, lists of attributes and relationships; `'all'` and `['_ALL']` mean all of them.
 * @returns undefined without fields
 */
export function acceptFieldFilters(value: unknown, path: string, faults: Faults): FieldFilters | undefined {
  if (value === undefined) return undefined;
  const gathered: Gathered = new Map();
  for (const [type, filter] of Object.entries(faults.object(value, path) ?? {})) {
    addFields(gathered, type, filter, join(path, type), true, faults);
  }
  return filtersOf(gathered);
}

/**
 * The documented shapes: `typesCriterion.<type>.queryFields`, or `queryFields` for every type. The lists of several
 * filters are united.
 * @param filters each with its path; undefined ones are ignored
 */
export function uniteDocumentedFilters(
  filters: readonly (readonly [value: unknown, path: string])[],
  faults: Faults,
): FieldFilters | undefined {
  const gathered: Gathered = new Map();
  for (const [value, path] of filters) if (value !== undefined) addDocumented(gathered, value, path, faults);
  return filtersOf(gathered);
}

function addDocumented(gathered: Gathered, value: unknown, path: string, faults: Faults): void {
  const filter = faults.object(value, path);
  if (!filter) return;
  faults.checkKeys(filter, path, ['typesCriterion', 'queryFields', 'queryFilters'], ['assetsCriterion']);
  addQueryFields(gathered, EVERY_TYPE, filter.queryFields, `${path}.queryFields`, faults);
  refuseQueryFilters(filter.queryFilters, `${path}.queryFilters`, faults);
  const at = `${path}.typesCriterion`;
  const types = filter.typesCriterion === undefined ? {} : (faults.object(filter.typesCriterion, at) ?? {});
  for (const [type, criterion] of Object.entries(types)) {
    // The documentation also writes the filters of queries beside the types.
    if (type === 'queryFilters') refuseQueryFilters(criterion, `${at}.queryFilters`, faults);
    else addCriterion(gathered, type, criterion, join(at, type), faults);
  }
}

function addCriterion(gathered: Gathered, type: string, value: unknown, path: string, faults: Faults): void {
  const criterion = faults.object(value, path);
  if (!criterion) return;
  faults.checkKeys(criterion, path, ['queryFields', 'queryFilters']);
  addQueryFields(gathered, type, criterion.queryFields, `${path}.queryFields`, faults);
  refuseQueryFilters(criterion.queryFilters, `${path}.queryFilters`, faults);
}

function addQueryFields(gathered: Gathered, type: string, value: unknown, path: string, faults: Faults): void {
  if (value !== undefined) addFields(gathered, type, value, path, false, faults);
}

function addFields(
  gathered: Gathered,
  type: string,
  value: unknown,
  path: string,
  single: boolean,
  faults: Faults,
): void {
  const fields = faults.object(value, path);
  if (!fields) return;
  faults.checkKeys(fields, path, ['attributes', 'relationships'], single ? [] : ['relationshipAttributes']);
  const list = (name: 'attributes' | 'relationships') =>
    acceptFieldList(fields[name], `${path}.${name}`, faults, single);
  const key = lowerAscii(type) === ANY_TYPE ? EVERY_TYPE : type;
  const before = gathered.get(key) ?? {};
  const attributes = united(before.attributes, list('attributes'));
  const relationships = united(before.relationships, list('relationships'));
  gathered.set(key, { ...(attributes ? { attributes } : {}), ...(relationships ? { relationships } : {}) });
}

function united(a: FieldList | undefined, b: FieldList | undefined): FieldList | undefined {
  if (a === 'all' || b === 'all') return 'all';
  const names = new Set([...(a ?? []), ...(b ?? [])]);
  return names.size === 0 ? undefined : [...names];
}

function filtersOf(gathered: Gathered): FieldFilters | undefined {
  const filters = [...gathered].filter(([, { attributes, relationships }]) => attributes ?? relationships);
  return filters.length === 0 ? undefined : Object.fromEntries(filters);
}

/** A filter of entities by their values would change which are exported; only one that all entities pass is accepted. */
function refuseQueryFilters(value: unknown, path: string, faults: Faults): void {
  if (value === undefined) return;
  for (const [key, criterion] of Object.entries(faults.object(value, path) ?? {})) {
    if (!isEmpty(criterion) && !(key === 'typesCriterion' && isEveryType(criterion))) {
      faults.add('UNSUPPORTED', join(path, key), `is not supported; the request selects the entities`);
    }
  }
}

function isEveryType(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && lowerAscii(value[0]) === ANY_TYPE
  );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
