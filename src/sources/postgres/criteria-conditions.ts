/** Criteria as SQL over jsonb: necessary conditions, without which no entity passes. */
import { type ContextScope, SELF_ONLY, scopeFor } from '../../terms/context.js';
import { type Condition, type Conditions, type Criteria, holdsWithoutValue, isAnyName } from '../../terms/criteria.js';
import { OPERATOR_NAMES, type Operator } from '../../terms/operators.js';
import { parseDateTime } from '../../values/date-time.js';
import { parseDecimal } from '../../values/decimal.js';
import { isAscii } from '../../values/words.js';
import { type Quote, textArray, textOf } from './sql-text.js';

/** One condition in SQL, and as text. */
export interface NeededCondition {
  readonly sql: string;
  readonly words: string;
}

/** The rows, as SQL queries them. */
interface RowQuery {
  /** The column that holds the members, as SQL. */
  readonly members: string;
  readonly isUnicode: boolean;
  readonly quote: Quote;
}

/**
 * Returns conditions that hold for every entity that satisfies the criteria, and for others. Words, folded case and
 * exact numbers are left to the filters, because PostgreSQL compares them by other rules.
 * @param scope of conditions that do not state their own
 */
export function criteriaConditions(
  criteria: Criteria,
  scope: ContextScope = SELF_ONLY,
  members: string,
  isUnicode: boolean,
  quote: Quote,
): readonly NeededCondition[] {
  const rows: RowQuery = { members, isUnicode, quote };
  // Each reads the complete row: many of them cost the server more than the rows that they exclude.
  const needed = [
    ...attributeConditions(criteria, scope, rows),
    ...(criteria.properties ?? []).flatMap((element) => propertyConditions(element, rows)),
    ...(criteria.relationships ?? []).flatMap((element) =>
      isSelfOnly(scope)
        ? Object.entries(element).flatMap(([name, { hasvalue }]) =>
            hasvalue === false ? [] : present(['data', 'relationships', name], rows),
          )
        : [],
    ),
  ];
  return needed.slice(0, MOST_CONDITIONS);
}

/** Maximum of conditions in one statement, and of alternatives in one condition; the filters evaluate the others. */
const MOST_CONDITIONS = 32;

function attributeConditions(
  { attributes = [], anyAttribute }: Criteria,
  scope: ContextScope,
  rows: RowQuery,
): readonly NeededCondition[] {
  const needed = attributes.map((element) =>
    Object.entries(element).flatMap(([name, condition]) =>
      !holdsWithoutValue(condition) && isSelfOnly(scopeFor(condition, scope))
        ? present(['data', 'attributes', name], rows)
        : [],
    ),
  );
  if (!anyAttribute || needed.length < 2) return needed.flat();
  // One element is enough: where one implies nothing, all of them together imply nothing.
  if (needed.length > MOST_CONDITIONS || needed.some((all) => all.length === 0)) return [];
  const sql = needed.map((all) => all.map((one) => one.sql).join(' AND ')).join(' OR ');
  return [{ sql: `(${sql})`, words: needed.flatMap((all) => all.map(({ words }) => words)).join(' or ') }];
}

function propertyConditions(element: Conditions, rows: RowQuery): readonly NeededCondition[] {
  return Object.entries(element).flatMap(([name, condition]) => {
    if (holdsWithoutValue(condition)) return [];
    const path = ['properties', name];
    return [...present(path, rows), ...dayConditions(path, condition, rows)];
  });
}

/** Whether only the data of no context is searched; otherwise a value may be in any context. */
function isSelfOnly({ self, contexts }: ContextScope): boolean {
  return self && contexts !== 'all' && contexts.length === 0;
}

/** The member exists. The name that stands for all of a kind implies no member. */
function present(path: readonly string[], rows: RowQuery): readonly NeededCondition[] {
  const at = pathSql(path, rows);
  return at ? [{ sql: `${at.json} IS NOT NULL`, words: `${path.join('.')} exists` }] : [];
}

function pathSql(path: readonly string[], { members, isUnicode, quote }: RowQuery) {
  const name = path.at(-1) ?? '';
  if (isAnyName(name) || !name.isWellFormed() || name.includes('\0')) return undefined;
  if (!isUnicode && !isAscii(name)) return undefined;
  const way = textArray(path, quote);
  return { json: `(${members} #> ${way})`, text: `(${members} #>> ${way})` };
}

const DAY_MS = 86_400_000;

/** From the first instant of the year 1 to the last day of the year 9998, the neighbouring days have years of four digits. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_370_764_800_000;

/** A comparison of the text of a date-time with a day, given as its distance from the day of the bound. */
interface DayBound {
  readonly comparison: '>=' | '<';
  readonly days: number;
}

/** The day that each operator implies for instants; undefined: nothing beyond a value is pushed down. */
const DAY_BOUNDS: Readonly<Record<Operator, DayBound | undefined>> = {
  gt: { comparison: '>=', days: -1 },
  gte: { comparison: '>=', days: -1 },
  lt: { comparison: '<', days: 2 },
  lte: { comparison: '<', days: 2 },
  // PostgreSQL has other rules for words, for folded case and for exact numbers.
  eq: undefined,
  contains: undefined,
  exact: undefined,
  exacts: undefined,
  startswith: undefined,
  hasvalue: undefined,
};

/**
 * A range of instants. Every date-time begins with its date, in an offset of less than a day. So the text of an instant
 * in the range sorts between the day before the range and the second day after it.
 */
function dayConditions(path: readonly string[], condition: Condition, rows: RowQuery): readonly NeededCondition[] {
  const at = pathSql(path, rows);
  const { type } = condition;
  if (!at || (type !== undefined && type !== '_DATETIME')) return [];
  return OPERATOR_NAMES.flatMap((name) => {
    const [bound, implied] = [condition[name], DAY_BOUNDS[name]];
    if (bound === undefined || !implied) return [];
    const text = String(bound);
    // Without a type, a bound that is a number compares numbers.
    if (type === undefined && parseDecimal(text) !== undefined) return [];
    const instant = parseDateTime(text);
    if (instant === undefined || instant < EARLIEST_MS || instant > LATEST_MS) return [];
    const day = new Date(instant + implied.days * DAY_MS).toISOString().slice(0, 10);
    const sql = `${at.text} COLLATE "C" ${implied.comparison} ${textOf(day, rows.quote)}`;
    return [{ sql, words: `${path.join('.')} ${implied.comparison === '<' ? 'before' : 'from'} ${day}` }];
  });
}
