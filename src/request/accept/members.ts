/** Accepts the members that the documented body and the library's form share. */

import type { Faults } from '../../options/faults.js';
import { definedOnly } from '../../terms/defined-only.js';
import type { FieldList, Fields } from '../../terms/fields.js';
import { BOUNDS } from './bounds.js';
import { FIELD_LISTS } from './request-members.js';

/** The documented word for "all of them"; any case is accepted. */
const ALL = '_all';

/** `maxRecords`: a whole number from 0, as a number or as digits, up to 2^53-1. */
export function acceptMaxRecords(value: unknown, path: string, faults: Faults): number | undefined {
  return faults.count(value, path);
}

/** Names of the lists of `fields`. */
const FIELD_NAMES: readonly string[] = Object.keys(FIELD_LISTS);

/** How a form gives its fields. */
export interface FieldsForm {
  /** Members of `fields` that are documented but not supported. */
  readonly unsupported: readonly string[];
  /** Whether a list of one may be one string, and `'all'` means all. */
  readonly single: boolean;
}

/** The lists of `fields`; an empty list keeps nothing of its kind. */
export function acceptFields(value: unknown, path: string, faults: Faults, form: FieldsForm): Fields {
  const fields = faults.object(value, path);
  if (!fields) return {};
  faults.checkKeys(fields, path, FIELD_NAMES, form.unsupported);
  const list = (name: string) => acceptFieldList(fields[name], `${path}.${name}`, faults, form.single);
  return definedOnly({
    attributes: list('attributes'),
    relationships: list('relationships'),
    relationshipAttributes: list('relationshipAttributes'),
    properties: list('properties'),
  });
}

/** A list of names; `_ALL` among them means all. */
export function acceptFieldList(value: unknown, path: string, faults: Faults, single: boolean): FieldList | undefined {
  if (single && value === 'all') return 'all';
  const list = faults.strings(value, path, single, BOUNDS.names);
  return list?.some((name) => name.toLowerCase() === ALL) ? 'all' : list;
}
