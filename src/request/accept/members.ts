/** Accepts the members that the documented body and the library's form share. */

import type { Faults, UnknownObject, Unsupported } from '../../options/faults.js';
import { definedOnly } from '../../terms/defined-only.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList, Fields } from '../../terms/fields.js';
import { parsePathFields } from '../../terms/path-fields.js';
import { BOUNDS } from './bounds.js';
import { FIELD_LISTS, PATH_LISTS } from './request-members.js';

/** The documented word for "all of them"; any case is accepted. */
const ALL = '_all';

/** `maxRecords`: a whole number from 0, as a number or as digits, up to 2^53-1. */
export function acceptMaxRecords(value: unknown, path: string, faults: Faults): number | undefined {
  return faults.count(value, path);
}

/** Names of the lists of `fields`. */
const FIELD_NAMES: readonly string[] = Object.keys(FIELD_LISTS);

/** Names of the lists by path. */
const PATH_NAMES: readonly string[] = Object.keys(PATH_LISTS);

/** How a form gives its fields. */
export interface FieldsForm {
  /** Members of `fields` that are documented but not supported. */
  readonly unsupported: Unsupported;
  /** Whether a list of one may be one string, and `'all'` means all. */
  readonly single: boolean;
  /** Whether fields can be given by their paths. */
  readonly paths: boolean;
}

/** The lists of `fields`; an empty list keeps nothing of its kind. */
export function acceptFields(value: unknown, path: string, faults: Faults, form: FieldsForm): Fields {
  if (form.paths && Array.isArray(value)) {
    faults.add('INVALID', path, 'must be an object, not an array; "include" in it lists paths to keep');
    return {};
  }
  const fields = faults.object(value, path);
  if (!fields) return {};
  const known = form.paths ? [...FIELD_NAMES, ...PATH_NAMES] : FIELD_NAMES;
  faults.checkKeys(fields, path, known, form.unsupported);
  refuseMixedFields(fields, path, faults);
  const list = (name: string) => acceptFieldList(fields[name], `${path}.${name}`, faults, form.single);
  return definedOnly({
    attributes: list('attributes'),
    relationships: list('relationships'),
    relationshipAttributes: list('relationshipAttributes'),
    relatedEntityAttributes: list('relatedEntityAttributes'),
    properties: list('properties'),
    ...(form.paths ? acceptPathFields(fields, path, faults) : {}),
  });
}

/** Adds a fault where fields are given by name and by path: what one keeps the other leaves out. */
export function refuseMixedFields(fields: UnknownObject, path: string, faults: Faults): void {
  const given = (names: readonly string[]) => names.filter((name) => fields[name] !== undefined);
  const [byPath] = given(PATH_NAMES);
  const [byName] = given(FIELD_NAMES);
  if (byPath === undefined || byName === undefined) return;
  const why = `cannot be given beside "${byName}": one chooses by path, the other among the parts of the platform's entities`;
  faults.add('INVALID', `${path}.${byPath}`, why);
}

function acceptPathFields({ include, exclude }: UnknownObject, path: string, faults: Faults): Fields {
  const list = (value: unknown, at: string) => faults.filled(faults.strings(value, at, true, BOUNDS.names), at);
  const [includeAt, excludeAt] = [`${path}.include`, `${path}.exclude`];
  const accepted = { include: list(include, includeAt), exclude: list(exclude, excludeAt) };
  try {
    parsePathFields(accepted.include, accepted.exclude, { include: includeAt, exclude: excludeAt });
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    const at = cause.path ?? path;
    faults.add(
      cause.code,
      at,
      cause.message.startsWith(`${at}: `) ? cause.message.slice(at.length + 2) : cause.message,
    );
  }
  return accepted;
}

/** A list of names; `_ALL` among them means all. */
export function acceptFieldList(value: unknown, path: string, faults: Faults, single: boolean): FieldList | undefined {
  if (single && value === 'all') return 'all';
  const list = faults.strings(value, path, single, BOUNDS.names);
  return list?.some((name) => name.toLowerCase() === ALL) ? 'all' : list;
}
