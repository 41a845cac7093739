/** Adds the selection of an export to the platform's query, where the platform evaluates it the same way. */
import { isObject } from '../../options/faults.js';
import { DEFAULT_MEMBER_NAMES } from '../../terms/batch.js';
import { lowerAscii } from '../../terms/entity-type.js';
import type { JsonObject } from '../../terms/json-value.js';
import type { ExportPlan } from '../../terms/plan.js';
import { type SentCriteria, sentCriteria } from './sent-criteria.js';

/** Words of `typesCriterion` for every type, in lower case; both are documented. */
const ANY_TYPE: ReadonlySet<string> = new Set(['_all', 'all']);

/** Maximum of ids in one query: the documented maximum of terms. */
const MOST_IDS = 10_000;

/** The names that the documentation allows; other characters, such as `*` and quotes, are query syntax. */
const PLAIN_NAME = /^[\w ]+$/;

/** A query for at least the entities that pass a selection. */
export interface NarrowedQuery {
  readonly query: JsonObject;
  /** Whether no entity can pass. */
  readonly isEmpty: boolean;
  /** The parts of the selection that the query has, as text. */
  readonly sent: readonly string[];
  /** The parts that are left to the filters. */
  readonly left: readonly string[];
}

/**
 * Narrows a query to the selection. Every entity that passes both the query and the selection still matches.
 * @param query `params.query` as the user gave it; its members stay
 */
export function narrowQuery(
  query: JsonObject,
  { read, select }: Pick<ExportPlan, 'read' | 'select'>,
  criteria: SentCriteria,
): NarrowedQuery {
  const { memberNames } = read;
  const { types, ids, names, scope } = select;
  const sent: string[] = [];
  const left: string[] = [];
  const say = (isSent: boolean, word: string) => void (isSent ? sent : left).push(word);
  const narrowed: Record<string, unknown> = { ...query };
  const filters: Record<string, unknown> = { ...(isObject(query.filters) ? query.filters : {}) };
  let isEmpty = false;

  const queried = textsIn(filters.typesCriterion);
  if (types && queried.length > 0 && memberNames.type === DEFAULT_MEMBER_NAMES.type) {
    const isAny = queried.some((type) => ANY_TYPE.has(type.toLowerCase()));
    // The platform ignores case; the user's spelling stays.
    const both = isAny ? types : queried.filter((type) => types.includes(lowerAscii(type)));
    filters.typesCriterion = both;
    isEmpty ||= both.length === 0;
    say(true, 'types');
  } else if (types) {
    say(false, 'types');
  }

  if (ids) {
    const own = query.ids === undefined ? ids : textsIn(query.ids);
    const wanted = new Set(ids.map((id) => id.toLowerCase()));
    const both = own === ids ? ids : own.filter((id) => wanted.has(id.toLowerCase()));
    const names = memberNames.id === DEFAULT_MEMBER_NAMES.id && query.id === undefined;
    const isSent = names && (own.length > 0 || own === ids) && both.length <= MOST_IDS;
    isEmpty ||= isSent && both.length === 0;
    if (isSent) narrowed.ids = both;
    say(isSent, 'ids');
  }

  if (names) {
    // The query has one name.
    const [name] = names;
    const isOne = names.length === 1 && PLAIN_NAME.test(name);
    const isSent = isOne && memberNames.name === DEFAULT_MEMBER_NAMES.name && query.name === undefined;
    if (isSent) narrowed.name = name;
    say(isSent, 'name');
  }

  if (select.criteria) {
    const searchesSelf = scope === undefined || (scope.self && scope.contexts.length === 0);
    const found = sentCriteria(select.criteria, criteria, searchesSelf && query.contexts === undefined);
    const isSent = addFilters(filters, found.filters);
    if (isSent) say(true, found.isComplete ? 'criteria' : 'some of the criteria');
    if (!isSent || !found.isComplete) say(false, isSent ? 'the other criteria' : 'criteria');
  }
  return { query: { ...narrowed, filters }, isEmpty, sent, left };
}

/** Adds filters to the given ones, all of which must hold; returns whether any were added. */
function addFilters(filters: Record<string, unknown>, more: JsonObject): boolean {
  let added = false;
  for (const [name, conditions] of Object.entries(more)) {
    const own = filters[name];
    const isAttributes = name === 'attributesCriterion';
    const isOr = filters.isAttributesCriterionOR !== undefined || more.isAttributesCriterionOR !== undefined;
    if (name === 'isAttributesCriterionOR' || conditions === undefined) continue;
    // Two lists that must both hold cannot be merged into one of which one element is enough.
    if (own !== undefined && (!Array.isArray(own) || !Array.isArray(conditions) || (isAttributes && isOr))) continue;
    filters[name] = Array.isArray(own) && Array.isArray(conditions) ? [...own, ...conditions] : conditions;
    if (isAttributes && more.isAttributesCriterionOR === true) filters.isAttributesCriterionOR = true;
    added = true;
  }
  return added;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
