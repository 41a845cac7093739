/** Suggests the options of an export, by what an inspection has found. */
import { formatPath, type Names, parseNames } from '../terms/path.js';
import type { MemberSummary, SampledValues } from './member-census.js';

/** Names of ids, the most certain first; each pattern is for the last name of a path. */
const IDS: readonly RegExp[] = [
  /^id$/,
  /^(_id|_key|@id|\$oid|uid|uuid|guid|sku|gtin|ean|isbn)$/i,
  /([a-z]I|[a-z][_-]i|^I)[dD]$/,
  /(key|code|number|ref)$/i,
];

/** Names of types. */
const TYPES: readonly RegExp[] = [/^type$/, /^(resourceType|_type|@type|kind|__typename)$/i, /(type|kind|class)$/i];

/** A member is an id or a type only if this share of the entities has it. */
const LEAST_SHARE = 0.9;

/** Different values that a type may have. */
const MOST_TYPES = 50;

/** The member that looks like an id: every entity has it, no two have the same, and its name is that of an id. */
export function idAmong(values: readonly SampledValues[], examined: number): string | undefined {
  return named(values, IDS, ({ records, compared, distinct }) => records === examined && distinct === compared);
}

/** The member that looks like a type: most entities have it, with few values, and its name is that of a type. */
export function typeAmong(values: readonly SampledValues[], examined: number): string | undefined {
  const fits = ({ records, compared, distinct }: SampledValues) =>
    records >= LEAST_SHARE * examined && distinct <= MOST_TYPES && (distinct <= compared / 2 || compared < 4);
  // Records have a type of their own before those of their parts.
  const first = values.filter(({ path }) => path.length === 1);
  return named(first, TYPES, fits) ?? named(values, TYPES, fits);
}

/** Where other systems put the entity in a record, by members that the records have beside it. */
const ENTITIES: readonly { readonly unwrap: string; readonly marks: readonly string[]; readonly keep?: string[] }[] = [
  { unwrap: '_source', marks: ['_index', '_id'], keep: ['_id'] },
  { unwrap: 'payload.after', marks: ['payload.op', 'payload.before'], keep: ['op=payload.op'] },
  { unwrap: 'after', marks: ['op', 'before'], keep: ['op'] },
  { unwrap: 'doc', marks: ['key', 'value.rev'] },
  { unwrap: 'resource', marks: ['resource.resourceType'] },
  { unwrap: 'attributes', marks: ['type', 'id'], keep: ['id', 'type'] },
];

/** The member in which children name their parent. */
const PARENT = '__parentId';

/** Options that say what of a record is its entity. */
export interface SuggestedShape {
  readonly unwrap?: string;
  readonly keep?: readonly string[];
  readonly nest?: string;
}

/** What of the records is their entities, if they look like those of a known system. */
export function shapeAmong(members: readonly MemberSummary[], examined: number): SuggestedShape {
  const found = new Map(members.map((member) => [member.path, member]));
  const isUsual = (path: string) => (found.get(path)?.records ?? 0) >= examined / 2;
  const isChild = found.get(PARENT)?.records ?? 0;
  if (isChild > 0 && isChild < examined) return { nest: PARENT };
  for (const { unwrap, marks, keep } of ENTITIES) {
    const { object = 0 } = found.get(unwrap)?.kinds ?? {};
    if (object > 0 && isUsual(unwrap) && marks.every(isUsual)) return keep ? { unwrap, keep } : { unwrap };
  }
  return {};
}

/** The values in entities that are in their records, and how many of the records have one. */
export function valuesInside(
  values: readonly SampledValues[],
  members: readonly MemberSummary[],
  unwrap: string,
): { readonly values: readonly SampledValues[]; readonly entities: number } {
  const way: Names = parseNames(unwrap, 'unwrap');
  const inside = values.filter(({ path }) => path.length > way.length && way.every((name, at) => path[at] === name));
  return {
    values: inside.map((one) => ({ ...one, path: one.path.slice(way.length) })),
    entities: members.find(({ path }) => path === unwrap)?.kinds.object ?? 0,
  };
}

function named(
  values: readonly SampledValues[],
  names: readonly RegExp[],
  fits: (one: SampledValues) => boolean,
): string | undefined {
  const fitting = values.filter((one) => one.compared > 0 && fits(one));
  for (const pattern of names) {
    const found = fitting
      .filter(({ path }) => pattern.test(String(path.at(-1))))
      .sort((a, b) => a.path.length - b.path.length);
    if (found[0]) return formatPath(found[0].path);
  }
  return undefined;
}
