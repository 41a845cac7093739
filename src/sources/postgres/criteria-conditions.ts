/** What criteria need in any case, as SQL over jsonb: conditions without which no entity passes. */
import { type ContextScope, SELF_ONLY, scopeOf } from '../../terms/context.js';
import type { Condition, Conditions, Criteria } from '../../terms/criteria.js';
import { parseDateTime } from '../../values/date-time.js';
import { parseDecimal } from '../../values/decimal.js';
import { isAscii } from '../../values/words.js';
import { type Quote, textArray, textOf } from './sql-text.js';

/** One condition, and words for it. */
export interface NeededCondition {
  readonly sql: string;
  readonly words: string;
}

/** What is known of the rows. */
interface Asked {
  /** The column that holds the members, as SQL. */
  readonly members: string;
  readonly isUnicode: boolean;
  readonly quote: Quote;
}

/**
 * Answers the conditions that hold for every entity that satisfies the criteria; many for which they hold do not. What
 * is compared by words, by folded case or as exact numbers is left to the filters: PostgreSQL has other rules for it.
 * @param scope the data they are about, where a condition does not say its own
 */
export function criteriaConditions(
  criteria: Criteria,
  scope: ContextScope = SELF_ONLY,
  members: string,
  isUnicode: boolean,
  quote: Quote,
): readonly NeededCondition[] {
  const asked: Asked = { members, isUnicode, quote };
  // Each looks into the whole of a row: many of them cost the server more than the rows that they spare.
  const needed = [
    ...attributeConditions(criteria, scope, asked),
    ...(criteria.properties ?? []).flatMap((element) => propertyConditions(element, asked)),
    ...(criteria.relationships ?? []).flatMap((element) =>
      isSelfOnly(scope) ? Object.keys(element).flatMap((name) => present(['data', 'relationships', name], asked)) : [],
    ),
  ];
  return needed.slice(0, MOST_CONDITIONS);
}

/** Conditions that are asked of PostgreSQL, and alternatives of one: the filters decide by the others as well. */
const MOST_CONDITIONS = 32;

function attributeConditions(
  { attributes = [], anyAttribute }: Criteria,
  scope: ContextScope,
  asked: Asked,
): readonly NeededCondition[] {
  const needed = attributes.map((element) =>
    Object.entries(element).flatMap(([name, condition]) =>
      needsValue(condition) && isSelfOnly(scopeFor(condition, scope))
        ? present(['data', 'attributes', name], asked)
        : [],
    ),
  );
  if (!anyAttribute || needed.length < 2) return needed.flat();
  // One element is enough: where one needs nothing, nothing is needed.
  if (needed.length > MOST_CONDITIONS || needed.some((all) => all.length === 0)) return [];
  const sql = needed.map((all) => all.map((one) => one.sql).join(' AND ')).join(' OR ');
  return [{ sql: `(${sql})`, words: needed.flatMap((all) => all.map(({ words }) => words)).join(' or ') }];
}

function propertyConditions(element: Conditions, asked: Asked): readonly NeededCondition[] {
  return Object.entries(element).flatMap(([name, condition]) => {
    if (!needsValue(condition)) return [];
    const path = ['properties', name];
    return [...present(path, asked), ...dayConditions(path, condition, asked)];
  });
}

/** Whether it holds only where there is a value. */
function needsValue({ not, hasvalue }: Condition): boolean {
  return (not === true) === (hasvalue === false);
}

function scopeFor({ contexts, nonContextual }: Condition, scope: ContextScope): ContextScope {
  if (contexts === undefined && nonContextual === undefined) return scope;
  return scopeOf({ ...(contexts ? { contexts } : {}), ...(nonContextual === undefined ? {} : { nonContextual }) });
}

/** Whether only the data of no context is asked; else a value may be in any context. */
function isSelfOnly({ self, contexts }: ContextScope): boolean {
  return self && contexts !== 'all' && contexts.length === 0;
}

/** The member is there. The name that stands for all of a kind needs none. */
function present(path: readonly string[], asked: Asked): readonly NeededCondition[] {
  const at = pathSql(path, asked);
  return at ? [{ sql: `${at.json} IS NOT NULL`, words: `${path.join('.')} is there` }] : [];
}

function pathSql(path: readonly string[], { members, isUnicode, quote }: Asked) {
  const name = path.at(-1) ?? '';
  if (name.toLowerCase() === '_all' || !name.isWellFormed() || name.includes('\0')) return undefined;
  if (!isUnicode && !isAscii(name)) return undefined;
  const way = textArray(path, quote);
  return { json: `(${members} #> ${way})`, text: `(${members} #>> ${way})` };
}

const DAY_MS = 86_400_000;

/** The first instant of the year 1, and the last day of the year 9998: beside them there are days of four digits more. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_370_764_800_000;

/**
 * A range of instants. Every date-time begins with its date, in an offset of less than a day; so a text that lies in
 * the range lies, as a text, between the day before it and the second day behind it.
 */
function dayConditions(path: readonly string[], condition: Condition, asked: Asked): readonly NeededCondition[] {
  const at = pathSql(path, asked);
  const { gt, gte, lt, lte, type } = condition;
  if (!at || (type !== undefined && type !== '_DATETIME')) return [];
  const bounds = [
    { bound: gt, operator: '>=', days: -1 },
    { bound: gte, operator: '>=', days: -1 },
    { bound: lt, operator: '<', days: 2 },
    { bound: lte, operator: '<', days: 2 },
  ];
  return bounds.flatMap(({ bound, operator, days }) => {
    const text = String(bound);
    // Without a type, what can be read as a number is compared as one.
    if (bound === undefined || (type === undefined && parseDecimal(text) !== undefined)) return [];
    const instant = parseDateTime(text);
    if (instant === undefined || instant < EARLIEST_MS || instant > LATEST_MS) return [];
    const day = new Date(instant + days * DAY_MS).toISOString().slice(0, 10);
    const sql = `${at.text} COLLATE "C" ${operator} ${textOf(day, asked.quote)}`;
    return [{ sql, words: `${path.join('.')} ${operator === '<' ? 'before' : 'from'} ${day}` }];
  });
}
