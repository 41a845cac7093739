/** The entities of records by a shape, as naively as possible: what `JSON.parse` returns, and loops over names. */

/** What of a record is the entity. */
export interface NaiveShape {
  readonly unwrap: readonly string[];
  /** Empty: a record has one entity. */
  readonly explode: readonly string[];
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

/** The entities of a record; `nothing` where there is no object, `clash` if a kept member would come twice. */
export function naiveEntities(record: unknown, shape: NaiveShape): readonly (object | 'nothing')[] | 'clash' {
  const { unwrap, keep, explode } = shape;
  const kept = keep.map(({ name, path }): [string, unknown] => [name, naiveAt(record, path)]);
  const given = kept.filter(([, value]) => value !== undefined);
  const array = explode.length > 0 ? naiveAt(record, explode) : undefined;
  const isEach = explode.length > 0 && isStart(explode, unwrap);
  const rest = unwrap.slice(explode.length);
  let found: unknown[] = [isEach ? undefined : naiveAt(record, unwrap)];
  if (Array.isArray(array) && array.length > 0) {
    found = array.map((element) => {
      if (!isEach) return naiveAt(withElement(record, explode, element), unwrap);
      const entity = naiveAt(element, rest);
      return rest.length > 0 || isObject(entity)
        ? entity
        : Object.fromEntries([[explode[explode.length - 1], element]]);
    });
  }
  const entities = found.map((entity) => (isObject(entity) ? entity : 'nothing'));
  if (entities.some((one) => one !== 'nothing' && given.some(([name]) => Object.hasOwn(one, name)))) return 'clash';
  return entities.map((one) => (one === 'nothing' ? one : Object.fromEntries([...given, ...Object.entries(one)])));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStart(start: readonly string[], path: readonly string[]): boolean {
  return start.every((name, index) => name === path[index]);
}

/** A copy of the record with an element in the place of an array. */
function withElement(record: unknown, [name, ...rest]: readonly string[], element: unknown): unknown {
  if (name === undefined) return element;
  if (Array.isArray(record)) {
    return record.map((one: unknown, index) => (String(index) === name ? withElement(one, rest, element) : one));
  }
  const members = Object.entries(isObject(record) ? record : {});
  return Object.fromEntries(members.map(([one, of]) => [one, one === name ? withElement(of, rest, element) : of]));
}

/** The text that a filter compares; undefined for what is neither text nor a number. */
export function naiveText(entity: object, path: readonly string[]): string | undefined {
  const value = naiveAt(entity, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Records with their children in lists, and the indices of those that have no place. */
export function naiveFamilies(
  records: readonly object[],
  { parent, list }: { readonly parent: string; readonly list: string | undefined },
): { readonly heads: readonly object[]; readonly rejected: readonly number[]; readonly nested: number } {
  const heads: object[] = [];
  const rejected: number[] = [];
  let byId = new Map<string | undefined, Map<string, unknown>>();
  const all: [Map<string, unknown>, object][] = [];
  let nested = 0;
  for (const [index, record] of records.entries()) {
    const members = new Map(Object.entries(record));
    const id = naiveText(record, ['id']);
    const of = members.get(parent);
    if (of === undefined || of === null) {
      byId = new Map();
      heads.push(record);
    } else {
      const above = typeof of === 'string' || typeof of === 'number' ? byId.get(String(of)) : undefined;
      const name = list ?? /^gid:\/\/\w+\/(\w+)\//.exec(id ?? '')?.[1];
      const own = all.find(([one]) => one === above)?.[1] ?? {};
      if (!above || name === undefined || Object.hasOwn(own, name)) {
        rejected.push(index);
        continue;
      }
      const children = above.get(name);
      above.set(name, [...(Array.isArray(children) ? children : []), members]);
      nested++;
    }
    all.push([members, record]);
    if (of === undefined || of === null) heads[heads.length - 1] = members;
    if (id !== undefined) byId.set(id, members);
  }
  return { heads: heads.map((head) => JSON.parse(JSON.stringify(head, mapsAsObjects))), rejected, nested };
}

function mapsAsObjects(_: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
