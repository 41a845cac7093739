/** Suggests the options of an export, by what an inspection has found. */
import { formatPath } from '../terms/path.js';
import type { SampledValues } from './member-census.js';

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
  return named(
    values,
    TYPES,
    ({ records, compared, distinct }) =>
      records >= LEAST_SHARE * examined && distinct <= MOST_TYPES && (distinct <= compared / 2 || compared < 4),
  );
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
