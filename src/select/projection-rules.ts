/** Compiles a projection to rules: one set for every type that a filter names, and one for all others. */
import type { MemberNames } from '../terms/batch.js';
import { type ContextScope, isInScope, type ValueContext } from '../terms/context.js';
import { ANY_TYPE } from '../terms/entity-type.js';
import { ROW_MEMBERS } from '../terms/entity-words.js';
import type { FieldFilter, FieldFilters, FieldList } from '../terms/fields.js';
import { jsonObject } from '../terms/json-value.js';
import type { Projection } from '../terms/plan.js';
import type { ContextWatch } from './context-sightings.js';
import {
  elementsRule,
  type FixedRule,
  fixedRule,
  isLossless,
  type Judge,
  type JudgedRule,
  type Keep,
  type MembersRule,
} from './entity-rules.js';
import { renaming } from './rename.js';

/** The rules for complete entities of one run. */
export interface EntityRules {
  /** The rules for the types that filters name, in ASCII lower case. */
  readonly byType: ReadonlyMap<string, MembersRule>;
  readonly others: MembersRule;
}

/**
 * Compiles the projection; id, type and name stay, whatever their members are called.
 * @param watch receives each context
 */
export function compileEntityRules(projection: Projection, names: MemberNames, watch?: ContextWatch): EntityRules {
  const { include = {}, exclude = {} } = projection;
  const types = new Set([...Object.keys(include), ...Object.keys(exclude)].filter((type) => type !== ANY_TYPE));
  const rulesFor = (type?: string) =>
    entityRule(projection, filtersOf(include, type), filtersOf(exclude, type), names, watch);
  return { byType: new Map([...types].map((type) => [type, rulesFor(type)])), others: rulesFor() };
}

/** Merges the filters into the lists, if they apply to every type and lists can express them. */
export function foldFilters(projection: Projection): Projection {
  const { attributes, relationships, include = {}, exclude = {}, ...rest } = projection;
  const isForAll = [...Object.keys(include), ...Object.keys(exclude)].every((type) => type === ANY_TYPE);
  if (rest.whole || !isForAll) return projection;
  const [added, removed] = [filtersOf(include, undefined), filtersOf(exclude, undefined)];
  const folded = {
    attributes: choiceOf('attributes', attributes ?? [], added, removed),
    relationships: choiceOf('relationships', relationships ?? [], added, removed),
  };
  // A list cannot express "all but some".
  if (Object.values(folded).some(({ allBut, names }) => allBut && names.size > 0)) return projection;
  return { ...rest, attributes: listOf(folded.attributes), relationships: listOf(folded.relationships) };
}

function listOf({ allBut, names }: Choice): FieldList {
  return allBut ? 'all' : [...names];
}

/** The filters that apply to a type: its own, and those for every type. */
function filtersOf(filters: FieldFilters, type: string | undefined): readonly FieldFilter[] {
  const keys = type === undefined ? [ANY_TYPE] : [ANY_TYPE, type];
  return keys.flatMap((key) => (Object.hasOwn(filters, key) ? [filters[key]] : []));
}

/** The names that stay: those listed, or all but those. */
interface Choice {
  readonly allBut: boolean;
  readonly names: ReadonlySet<string>;
}

function isChosen({ allBut, names }: Choice, name: string): boolean {
  return allBut !== names.has(name);
}

function choose(
  list: FieldList,
  include: readonly (FieldList | undefined)[] = [],
  exclude: readonly (FieldList | undefined)[] = [],
): Choice {
  const wanted = [list, ...include];
  const unwanted = new Set(exclude.flatMap((one) => (one === undefined || one === 'all' ? [] : one)));
  if (exclude.includes('all')) return { allBut: false, names: new Set() };
  if (wanted.includes('all')) return { allBut: true, names: unwanted };
  const names = wanted.flatMap((one) => (one === undefined || one === 'all' ? [] : one));
  return { allBut: false, names: new Set(names.filter((name) => !unwanted.has(name))) };
}

function choiceOf(
  kind: 'attributes' | 'relationships',
  list: FieldList,
  include: readonly FieldFilter[],
  exclude: readonly FieldFilter[],
): Choice {
  return choose(
    list,
    include.map((filter) => filter[kind]),
    exclude.map((filter) => filter[kind]),
  );
}

/** A rule that keeps chosen members as `inside` says; undefined if none is chosen. */
function membersByName(choice: Choice, inside: Keep, rename?: (name: string) => string): Keep | undefined {
  const isAll = choice.allBut && choice.names.size === 0;
  if (!choice.allBut && choice.names.size === 0) return undefined;
  if (isAll && inside === 'all' && !rename) return 'all';
  return {
    kind: 'members',
    rule: (name) => (isChosen(choice, name) ? inside : undefined),
    rename,
    lossless: isAll && isLossless(inside),
  };
}

function entityRule(
  projection: Projection,
  include: readonly FieldFilter[],
  exclude: readonly FieldFilter[],
  { id, type, name }: MemberNames,
  watch: ContextWatch | undefined,
): MembersRule {
  const { whole = false, valueContexts, relationshipAttributes = 'all', relatedEntityAttributes = 'all' } = projection;
  const { addProperties = {} } = projection;
  const unlisted: FieldList = whole ? 'all' : [];
  const rename = renaming(projection.names);
  const attribute = attributeRule(valueContexts && valueJudge(valueContexts), rename);
  const list = (kind: 'attributes' | 'relationships') => choiceOf(kind, projection[kind] ?? unlisted, include, exclude);
  const parts: EntityParts = {
    attributes: membersByName(list('attributes'), attribute, rename),
    relationships: membersByName(
      list('relationships'),
      relationshipsRule(
        membersByName(choose(relationshipAttributes), attribute, rename),
        membersByName(choose(relatedEntityAttributes), attribute, rename),
      ),
      rename,
    ),
    properties: membersByName(choose(projection.properties ?? unlisted), 'all'),
  };
  const kept = new Map<string, Keep | undefined>([
    ['data', dataRule(parts, whole, projection.scope, watch)],
    ['properties', parts.properties],
  ]);
  const added = new Map(Object.entries(addProperties).map(([key, value]) => [key, fixedRule(value)]));
  if (added.size > 0) kept.set('properties', propertiesWith(added, parts.properties));
  for (const always of ['action', id, type, name]) kept.set(always, 'all');
  return {
    kind: 'members',
    rule: (member) => (kept.has(member) || !whole ? kept.get(member) : 'all'),
    defaults: added.size > 0 ? new Map([['properties', fixedRule(addProperties)]]) : undefined,
    lossless: false,
  };
}

/** What stays of the parts that an entity and its contexts have in common. */
interface EntityParts {
  readonly attributes: Keep | undefined;
  readonly relationships: Keep | undefined;
  readonly properties: Keep | undefined;
}

function dataRule(
  parts: EntityParts,
  whole: boolean,
  scope: ContextScope | undefined,
  watch: ContextWatch | undefined,
): Keep | undefined {
  const { attributes, relationships, properties } = parts;
  const isSelf = scope?.self ?? true;
  // Without requested parts of an entity, its contexts are not requested either.
  const isAsked = whole || attributes !== undefined || relationships !== undefined || properties !== undefined;
  const kept = new Map<string, Keep | undefined>([
    ['attributes', isSelf ? attributes : undefined],
    ['relationships', isSelf ? relationships : undefined],
    ['contexts', isAsked ? contextsRule(parts, whole, scope, watch) : undefined],
  ]);
  const rules = [...kept.values()];
  if (!whole && rules.every((rule) => rule === undefined)) return undefined;
  if (whole && rules.every((rule) => rule === 'all')) return 'all';
  return {
    kind: 'members',
    rule: (name) => (kept.has(name) || !whole ? kept.get(name) : 'all'),
    lossless: whole && rules.every(isLossless),
  };
}

/** The rule for the array of contexts; without a scope complete entities keep all of them. */
function contextsRule(
  parts: EntityParts,
  whole: boolean,
  scope: ContextScope | undefined,
  watch: ContextWatch | undefined,
): Keep | undefined {
  if (scope ? scope.contexts.length === 0 : !whole) return undefined;
  const kept = new Map<string, Keep | undefined>(Object.entries(parts));
  const rules = [...kept.values()];
  if (!scope && rules.every((rule) => rule === 'all')) return 'all';
  const element: MembersRule = {
    kind: 'members',
    rule: (name) => (kept.has(name) ? kept.get(name) : 'all'),
    isContent: (name) => kept.has(name),
    judge: scope && scopeJudge(scope, watch),
    lossless: !scope && rules.every(isLossless),
  };
  return elementsRule(element);
}

/** The rule for the array of one relationship. */
function relationshipsRule(attributes: Keep | undefined, related: Keep | undefined): Keep {
  if (attributes === 'all' && related === 'all') return 'all';
  const inside = (name: string, rule: Keep | undefined): Keep =>
    rule === 'all'
      ? 'all'
      : { kind: 'members', rule: (one) => (one === name ? rule : 'all'), lossless: isLossless(rule) };
  // The attributes of the related entity are where an entity has its own.
  const target = related === 'all' ? 'all' : inside('data', inside('attributes', related));
  return elementsRule({
    kind: 'members',
    rule: (name) => (name === 'attributes' ? attributes : name === 'relTo' ? target : 'all'),
    lossless: isLossless(attributes) && isLossless(target),
  });
}

/** The rule for one attribute: the list of its values, or the rows of a nested one, which have attributes again. */
function attributeRule(judge: Judge | undefined, rename: ((name: string) => string) | undefined): Keep {
  if (!judge && !rename) return 'all';
  const lossless = !judge;
  const judged: JudgedRule | undefined = judge && { kind: 'judged', judge };
  const values: Keep = judged ? elementsRule(judged) : 'all';
  const row: MembersRule = {
    kind: 'members',
    rule: (name) => (ROW_MEMBERS.has(name) ? 'all' : attribute),
    isContent: (name) => !ROW_MEMBERS.has(name),
    rename: rename && ((name) => (ROW_MEMBERS.has(name) ? name : rename(name))),
    judge: judge && rowJudge(judge),
    lossless,
  };
  const group = elementsRule(row);
  const attribute: MembersRule = {
    kind: 'members',
    rule: (name) => (name === 'values' ? values : name === 'group' ? group : 'all'),
    isContent: (name) => name === 'values' || name === 'group',
    lossless,
  };
  return attribute;
}

/** Accepts objects with a wanted pair of locale and source. */
function valueJudge(wanted: readonly ValueContext[]): Judge {
  return {
    members: ['locale', 'source'],
    accepts: (values) =>
      wanted.some(
        ({ locale, source }) =>
          (locale === undefined || values.get('locale') === locale) &&
          (source === undefined || values.get('source') === source),
      ),
  };
}

/** A row with neither is judged by its attributes. */
function rowJudge({ members, accepts }: Judge): Judge {
  return { members, accepts: (values) => values.size === 0 || accepts(values) };
}

/** Accepts the elements whose `context` is an object in the scope. */
function scopeJudge(scope: ContextScope, watch: ContextWatch | undefined): Judge {
  return {
    members: ['context'],
    accepts(values) {
      const context = jsonObject(values.get('context'), 'context');
      if (context === undefined) return false;
      if (watch?.isWatching) watch.see(context);
      return isInScope(scope, context);
    },
  };
}

/** The rule for properties, some of which get added values. */
function propertiesWith(added: ReadonlyMap<string, FixedRule>, properties: Keep | undefined): MembersRule {
  const rest = (name: string) => (isMembers(properties) ? properties.rule(name) : properties);
  return { kind: 'members', rule: (name) => added.get(name) ?? rest(name), defaults: added, lossless: false };
}

function isMembers(keep: Keep | undefined): keep is MembersRule {
  return typeof keep === 'object' && keep.kind === 'members';
}
