/** The projection of contexts, values and names done naively: a tree of tokens, reduced shape by shape. */
import type { MemberNames } from '../../src/terms/batch.js';
import { charAt, members, readValue, skipSpace } from './json-text.js';

type NaiveList = 'all' | readonly string[];
type NaiveFilters = Readonly<Record<string, { attributes?: NaiveList; relationships?: NaiveList }>>;

/** The projection; absent members mean no rule. */
export interface NaiveProjection {
  readonly whole?: boolean;
  readonly attributes?: NaiveList;
  readonly relationships?: NaiveList;
  readonly relationshipAttributes?: NaiveList;
  readonly properties?: NaiveList;
  readonly scope?: { self: boolean; contexts: 'all' | readonly Readonly<Record<string, string>>[] };
  readonly valueContexts?: readonly { locale?: string; source?: string }[];
  readonly include?: NaiveFilters;
  readonly exclude?: NaiveFilters;
  /** Whether names are written in lower case, without white space. */
  readonly names?: { caseFormat: 'lowercase'; removeWhitespace: true };
  readonly addProperties?: Readonly<Record<string, string>>;
}

/** Thrown when two names of one object become equal. */
export class Clash extends Error {}

/** A value by its tokens; objects keep repeated names. */
export type Tree = string | { readonly list: readonly Tree[] } | { readonly object: readonly TreeMember[] };
interface TreeMember {
  readonly token: string;
  readonly name: string;
  readonly value: Tree;
}

export function treeOf(bytes: Buffer, start = 0, end = bytes.length): Tree {
  const at = skipSpace(bytes, start, end);
  const first = charAt(bytes, at, end);
  if (first === '{') {
    const object = [...members(bytes, at, end, Number.POSITIVE_INFINITY, readValue)].map(({ name, key, value }) => ({
      token: bytes.toString('utf8', key.start, key.end),
      name,
      value: treeOf(bytes, value.start, value.end),
    }));
    return { object };
  }
  if (first !== '[') return bytes.toString('utf8', at, readValue(bytes, at, end, 1));
  const list: Tree[] = [];
  for (let pos = skipSpace(bytes, at + 1, end); charAt(bytes, pos, end) !== ']'; ) {
    const after = readValue(bytes, pos, end, Number.POSITIVE_INFINITY);
    list.push(treeOf(bytes, pos, after));
    pos = skipSpace(bytes, after, end);
    if (charAt(bytes, pos, end) === ',') pos = skipSpace(bytes, pos + 1, end);
  }
  return { list };
}

export function textOfTree(tree: Tree): string {
  if (typeof tree === 'string') return tree;
  if ('list' in tree) return `[${tree.list.map(textOfTree).join(',')}]`;
  return `{${tree.object.map(({ token, value }) => `${token}:${textOfTree(value)}`).join(',')}}`;
}

/** Whether an object has a name twice. */
export function hasRepeatedName(tree: Tree): boolean {
  if (typeof tree === 'string') return false;
  if ('list' in tree) return tree.list.some(hasRepeatedName);
  const names = tree.object.map(({ name }) => name);
  return new Set(names).size < names.length || tree.object.some(({ value }) => hasRepeatedName(value));
}

function isObject(tree: Tree | undefined): tree is { readonly object: readonly TreeMember[] } {
  return typeof tree === 'object' && 'object' in tree;
}

function isList(tree: Tree): tree is { readonly list: readonly Tree[] } {
  return typeof tree === 'object' && 'list' in tree;
}

function last(tree: Tree, name: string): Tree | undefined {
  return isObject(tree) ? tree.object.findLast((member) => member.name === name)?.value : undefined;
}

const ABOUT_ROWS = 'id locale source os osid ostype osctxpath src value action properties'.split(' ');
const PARTS = ['attributes', 'relationships', 'properties'];

/** The projected entity, without white space; throws a `Clash`. */
export function projectedTree(entity: Tree, asked: NaiveProjection, names: MemberNames): Tree {
  const { whole = false, scope, valueContexts: wanted, names: renaming, addProperties: added = {} } = asked;
  const type = last(entity, names.type);
  const lower = typeof type === 'string' && type.startsWith('"') ? String(JSON.parse(type)).toLowerCase() : undefined;
  const filters = (from: NaiveFilters = {}, kind: 'attributes' | 'relationships') =>
    Object.entries(from).flatMap(([key, lists]) =>
      (key === '_all' || key === lower) && lists[kind] !== undefined ? [lists[kind]] : [],
    );
  const isExcluded = (name: string, kind: 'attributes' | 'relationships') =>
    filters(asked.exclude, kind).some((list) => list === 'all' || list.includes(name));
  const hasExclusion = (kind: 'attributes' | 'relationships') =>
    filters(asked.exclude, kind).some((list) => list === 'all' || list.length > 0);
  const listsOf = (kind: 'attributes' | 'relationships') => [
    asked[kind] ?? (whole ? 'all' : []),
    ...filters(asked.include, kind),
  ];
  const isKept = (name: string, kind: 'attributes' | 'relationships') =>
    !isExcluded(name, kind) && listsOf(kind).some((list) => list === 'all' || list.includes(name));
  const isAskedFor = (kind: 'attributes' | 'relationships') =>
    listsOf(kind).some((list) => list === 'all' || list.some((name) => !isExcluded(name, kind))) &&
    !filters(asked.exclude, kind).includes('all');
  const properties = asked.properties ?? (whole ? 'all' : []);
  const relationshipAttributes = asked.relationshipAttributes ?? 'all';

  // A rule that leaves nothing out of a value of the documented shape leaves other values unchanged.
  const allValues = wanted === undefined;
  const allAttributes = allValues && listsOf('attributes').includes('all') && !hasExclusion('attributes');
  const allOfRelationships = allValues && relationshipAttributes === 'all';
  const allRelationships =
    allOfRelationships && listsOf('relationships').includes('all') && !hasExclusion('relationships');
  const allContexts = whole && !scope && allAttributes && allRelationships && properties === 'all';
  const odd = (tree: Tree, stays: boolean) => (stays ? tree : undefined);

  function renamed(name: string): string {
    const short = name.replace(/\s/g, '').toLowerCase();
    return renaming && short !== '' ? short : name;
  }

  /** Reduces an object; an object whose content is all dropped is dropped too. */
  function cut(
    tree: Tree,
    stays: boolean,
    keep: (name: string, value: Tree) => Tree | undefined,
    isContent: (name: string) => boolean = () => true,
    isName: (name: string) => boolean = () => false,
  ): Tree | undefined {
    if (!isObject(tree)) return odd(tree, stays);
    const kept: { readonly from: string; readonly member: TreeMember }[] = [];
    for (const { token, name, value } of tree.object) {
      const left = keep(name, value);
      if (left === undefined) continue;
      const to = isName(name) ? renamed(name) : name;
      kept.push({ from: name, member: { token: to === name ? token : JSON.stringify(to), name: to, value: left } });
    }
    if (renaming) {
      for (const one of kept) {
        if (kept.some((other) => other.member.name === one.member.name && other.from !== one.from)) {
          throw new Clash(one.from);
        }
      }
    }
    const had = tree.object.some(({ name }) => isContent(name));
    if (had && !kept.some(({ from }) => isContent(from))) return undefined;
    return { object: kept.map(({ member }) => member) };
  }

  function each(tree: Tree, stays: boolean, keep: (element: Tree) => Tree | undefined): Tree | undefined {
    if (!isList(tree)) return odd(tree, stays);
    const list = tree.list.map(keep).filter((element) => element !== undefined);
    return tree.list.length > 0 && list.length === 0 ? undefined : { list };
  }

  function isWanted(value: Tree): boolean {
    const says = (name: string, text: string | undefined) => {
      const token = last(value, name);
      return text === undefined || (typeof token === 'string' && JSON.parse(token) === text);
    };
    return wanted?.some(({ locale, source }) => says('locale', locale) && says('source', source)) ?? true;
  }

  function attribute(tree: Tree): Tree | undefined {
    return cut(
      tree,
      allValues,
      (name, value) => {
        if (name === 'values') return each(value, allValues, (one) => (isWanted(one) ? one : undefined));
        return name === 'group' ? each(value, allValues, row) : value;
      },
      (name) => name === 'values' || name === 'group',
    );
  }

  function row(tree: Tree): Tree | undefined {
    if (!isObject(tree)) return odd(tree, allValues);
    const bears = last(tree, 'locale') !== undefined || last(tree, 'source') !== undefined;
    if (bears && !isWanted(tree)) return undefined;
    const isAbout = (name: string) => ABOUT_ROWS.includes(name);
    return cut(
      tree,
      allValues,
      (name, value) => (isAbout(name) ? value : attribute(value)),
      (name) => !isAbout(name),
      (name) => !isAbout(name),
    );
  }

  const anyName = () => true;
  function part(name: string, value: Tree): Tree | undefined {
    if (name === 'attributes') {
      if (!isAskedFor('attributes')) return undefined;
      const keep = (one: string, tree: Tree) => (isKept(one, 'attributes') ? attribute(tree) : undefined);
      return cut(value, allAttributes, keep, undefined, anyName);
    }
    if (name === 'relationships') {
      if (!isAskedFor('relationships')) return undefined;
      const keep = (one: string, tree: Tree) =>
        isKept(one, 'relationships') ? each(tree, allOfRelationships, relationship) : undefined;
      return cut(value, allRelationships, keep, undefined, anyName);
    }
    if (properties === 'all') return value;
    if (properties.length === 0) return undefined;
    return cut(value, false, (one, tree) => (properties.includes(one) ? tree : undefined));
  }

  function relationship(tree: Tree): Tree | undefined {
    return cut(tree, allOfRelationships, (name, value) => {
      if (name !== 'attributes') return value;
      if (relationshipAttributes !== 'all' && relationshipAttributes.length === 0) return undefined;
      const isListed = (one: string) => relationshipAttributes === 'all' || relationshipAttributes.includes(one);
      const keep = (one: string, inner: Tree) => (isListed(one) ? attribute(inner) : undefined);
      return cut(value, allOfRelationships, keep, undefined, anyName);
    });
  }

  function isInside(context: Tree | undefined): boolean {
    if (!isObject(context) || !scope) return false;
    if (scope.contexts === 'all') return true;
    const pairs = JSON.parse(textOfTree(context));
    const sorted = (one: object) => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
    return scope.contexts.some((one) => sorted(one) === sorted(pairs));
  }

  function element(tree: Tree): Tree | undefined {
    if (!isObject(tree)) return odd(tree, allContexts);
    if (scope && !isInside(last(tree, 'context'))) return undefined;
    const isPart = (name: string) => PARTS.includes(name);
    return cut(tree, allContexts, (name, value) => (isPart(name) ? part(name, value) : value), isPart);
  }

  const asksOfContexts =
    (whole || isAskedFor('attributes') || isAskedFor('relationships') || properties.length > 0) &&
    (scope ? scope.contexts.length > 0 : whole);
  const self = scope?.self ?? true;
  const asksOfData = whole || asksOfContexts || (self && (isAskedFor('attributes') || isAskedFor('relationships')));

  function data(tree: Tree): Tree | undefined {
    if (!asksOfData) return undefined;
    return cut(tree, allContexts, (name, value) => {
      if (name === 'attributes' || name === 'relationships') return self ? part(name, value) : undefined;
      if (name === 'contexts') return asksOfContexts ? each(value, allContexts, element) : undefined;
      return whole ? value : undefined;
    });
  }

  const additions: readonly TreeMember[] = Object.entries(added).map(([name, value]) => ({
    token: JSON.stringify(name),
    name,
    value: JSON.stringify(value),
  }));

  function withAdditions(tree: Tree): Tree | undefined {
    if (additions.length === 0) return part('properties', tree);
    if (!isObject(tree)) return undefined;
    const object = tree.object.flatMap((member) => {
      const addition = additions.find(({ name }) => name === member.name);
      if (addition) return [{ ...member, value: addition.value }];
      return properties === 'all' || properties.includes(member.name) ? [member] : [];
    });
    return { object: [...object, ...additions.filter(({ name }) => !object.some((one) => one.name === name))] };
  }

  const kept = cut(entity, false, (name, value) => {
    if ([names.id, names.type, names.name, 'action'].includes(name)) return value;
    if (name === 'properties') return withAdditions(value);
    if (name === 'data') return data(value);
    return whole ? value : undefined;
  });
  const object = isObject(kept) ? kept.object : [];
  if (additions.length === 0 || object.some(({ name }) => name === 'properties')) return { object };
  return { object: [...object, { token: '"properties"', name: 'properties', value: { object: additions } }] };
}
