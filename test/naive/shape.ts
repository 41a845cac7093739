/** The entities of records by a shape, as naively as possible: what `JSON.parse` returns, and loops over names. */

/** What of a record is the entity. */
export interface NaiveShape {
  readonly unwrap: readonly string[];
  readonly keep: readonly { readonly name: string; readonly path: readonly string[] }[];
}

/** The value at a path; undefined where there is none. */
function naiveAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || (Array.isArray(found) && !/^\d+$/.test(name))) return undefined;
    found = new Map(Object.entries(found)).get(name);
  }
  return found;
}

/** The entity of a record; `nothing` without an object at the path, `clash` if a kept member would come twice. */
export function naiveEntity(record: unknown, { unwrap, keep }: NaiveShape): object | 'nothing' | 'clash' {
  const entity = naiveAt(record, unwrap);
  if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) return 'nothing';
  const kept = keep.map(({ name, path }): [string, unknown] => [name, naiveAt(record, path)]);
  const given = kept.filter(([, value]) => value !== undefined);
  if (given.some(([name]) => Object.hasOwn(entity, name))) return 'clash';
  return Object.fromEntries([...given, ...Object.entries(entity)]);
}

/** The text that a filter compares; undefined for what is neither text nor a number. */
export function naiveText(entity: object, path: readonly string[]): string | undefined {
  const value = naiveAt(entity, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
