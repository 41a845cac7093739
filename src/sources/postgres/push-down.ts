/** Pushes the selection down to the server: conditions that hold for every entity that passes the filters. */
import { DEFAULT_MEMBER_NAMES } from '../../terms/batch.js';
import { ANY_TYPE } from '../../terms/entity-type.js';
import type { ExportPlan } from '../../terms/plan.js';
import { isAscii } from '../../values/words.js';
import { criteriaConditions } from './criteria-conditions.js';
import { type Column, type Rows, TYPE } from './describe-rows.js';
import { type Quote, textArray, textOf } from './sql-text.js';

/** The part of the selection that is pushed down. */
export interface PushedDown {
  readonly conditions: readonly string[];
  readonly limit?: number;
  /** That part as text. */
  readonly pushed: readonly string[];
  /** The part that only the filters evaluate, as text. */
  readonly left: readonly string[];
}

/** Nothing is pushed down. */
export const NOTHING_PUSHED: PushedDown = Object.freeze({ conditions: [], pushed: [], left: [] });

/** A condition, and whether it holds only for entities that pass the filter. */
interface Condition {
  readonly sql: string;
  readonly isExact: boolean;
}

/**
 * Decides what is pushed down. A row is left out if its entity would be dropped by the filters, or if it has none: NULL
 * and values that are not objects are faults only without conditions. All filters run afterwards as well.
 */
export function pushDown({ read, select }: Pick<ExportPlan, 'read' | 'select'>, rows: Rows, quote: Quote): PushedDown {
  const { ids, types, names, criteria, scope, uniqueIds, limit } = select;
  const conditions: string[] = [];
  const pushed: string[] = [];
  const left: string[] = [];
  let isExact = true;
  const add = (condition: Condition | undefined, words: string) => {
    if (condition) conditions.push(condition.sql);
    (condition ? pushed : left).push(words);
    isExact &&= condition?.isExact === true;
  };
  const { memberNames } = read;
  if (ids) add(idCondition(ids, memberNames.id, rows, quote), `${ids.length} ids`);
  // An id counts as found whatever its entity is, and reading ends with the last id: all of them must come.
  const allMustCome = ids !== undefined && uniqueIds;
  if (types && !types.includes(ANY_TYPE)) {
    const condition = allMustCome ? undefined : typeCondition(types, memberNames.type, rows, quote);
    add(condition, `type ${types.join(', ')}`);
  }
  if (names) {
    const condition = allMustCome ? undefined : nameCondition(names, memberNames.name, rows, quote);
    add(condition, `name ${names.join(', ')}`);
  }
  if (criteria) {
    const { members } = rows;
    const found =
      allMustCome || !members ? [] : criteriaConditions(criteria, scope, members.sql, rows.isUnicode, quote);
    for (const { sql, words } of found) add({ sql, isExact: false }, words);
    left.push('criteria');
    isExact = false;
  }
  if (limit === undefined) return { conditions, pushed, left };
  // A rejected entity does not count.
  const isLimited = isExact && !ids && read.onError === 'stop';
  (isLimited ? pushed : left).push(`the first ${limit}`);
  return { conditions, pushed, left, limit: isLimited ? limit : undefined };
}

/** Where a member of the entity is: in a column, among the members, or nowhere that can be queried. */
function placeOf(member: string, usual: string, { own, known, members }: Rows): Column | 'members' | undefined {
  const column = known.get(usual);
  // Entities that call their id `sku` have it in a column of that name; other columns hold their `id`.
  const isKnown = column !== undefined && (member === usual || member === column.name);
  return own.get(member) ?? (isKnown ? column : undefined) ?? (members ? 'members' : undefined);
}

function idCondition(ids: readonly string[], member: string, rows: Rows, quote: Quote): Condition | undefined {
  const place = placeOf(member, DEFAULT_MEMBER_NAMES.id, rows);
  if (place === undefined) return undefined;
  const wanted = askable(ids, rows);
  if (!wanted) return undefined;
  if (place === 'members') {
    const value = memberSql(member, rows, quote);
    // Booleans and objects are not ids.
    if (!value) return NONE;
    const isId = `jsonb_typeof(${value.json}) IN ('string', 'number')`;
    return { sql: `${value.text} = ANY(${textArray(wanted, quote)}) AND ${isId}`, isExact: true };
  }
  return { sql: idColumn(place, wanted, quote), isExact: isPlain(place) };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const WHOLE = /^(0|-?[1-9]\d{0,17})$/;

/** Compares as the column's own type, so that its index is used; texts that are not of that type match no row. */
function idColumn({ sql, type }: Column, wanted: readonly string[], quote: Quote): string {
  const compared = (own: string, form?: RegExp) =>
    `${sql} = ANY(${textArray(form ? wanted.filter((id) => form.test(id)) : wanted, quote, own)})`;
  if (type === TYPE.text || type === TYPE.varchar) return compared('text');
  if (type === TYPE.uuid) return compared('uuid', UUID);
  // Numbers of nineteen digits may exceed the type.
  const isNumber = type === TYPE.int8 || type === TYPE.int4 || type === TYPE.int2;
  if (isNumber && !wanted.some((id) => /^-?\d{19}$/.test(id))) return compared('bigint', WHOLE);
  return `${sql}::text = ANY(${textArray(wanted, quote)})`;
}

function typeCondition(types: readonly string[], member: string, rows: Rows, quote: Quote): Condition | undefined {
  const place = placeOf(member, DEFAULT_MEMBER_NAMES.type, rows);
  if (place === undefined) return undefined;
  const wanted = askable(types, rows);
  if (!wanted) return undefined;
  const array = textArray(wanted, quote);
  // The collation "C" folds ASCII letters only, as types are compared.
  if (place !== 'members') return { sql: `lower(${place.sql}::text COLLATE "C") = ANY(${array})`, isExact: true };
  const value = memberSql(member, rows, quote);
  if (!value) return NONE;
  const isType = `jsonb_typeof(${value.json}) IN ('string', 'number')`;
  return { sql: `lower(${value.text} COLLATE "C") = ANY(${array}) AND ${isType}`, isExact: true };
}

function nameCondition(names: readonly string[], member: string, rows: Rows, quote: Quote): Condition | undefined {
  const place = placeOf(member, DEFAULT_MEMBER_NAMES.name, rows);
  const wanted = place && askable(names, rows);
  if (!place || !wanted) return undefined;
  if (wanted.length === 0) return NONE;
  const literal = wanted.length === 1 ? textOf(wanted[0], quote) : `ANY(${textArray(wanted, quote)})`;
  if (place !== 'members') return { sql: `${place.sql}::text COLLATE "C" = ${literal}`, isExact: true };
  const value = memberSql(member, rows, quote);
  if (!value) return NONE;
  return { sql: `${value.text} = ${literal} AND jsonb_typeof(${value.json}) = 'string'`, isExact: true };
}

/** No row matches. */
const NONE: Condition = Object.freeze({ sql: 'false', isExact: true });

/** A member of jsonb as SQL; undefined if jsonb cannot have a member of that name. */
function memberSql(member: string, { members }: Rows, quote: Quote): { json: string; text: string } | undefined {
  if (!members || !isText(member)) return undefined;
  const name = textOf(member, quote);
  return { json: `${members.sql} -> ${name}`, text: `(${members.sql} ->> ${name})` };
}

/** The texts that a database can hold; undefined if it cannot be queried for them. */
function askable(texts: readonly string[], { isUnicode }: Rows): readonly string[] | undefined {
  if (!isUnicode && !texts.every(isAscii)) return undefined;
  return texts.filter(isText);
}

/** PostgreSQL's texts cannot have the character 0, or half of a surrogate pair. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Whether texts are equal in the column only if they are identical. */
function isPlain({ type }: Column): boolean {
  return type === TYPE.text || type === TYPE.varchar;
}
