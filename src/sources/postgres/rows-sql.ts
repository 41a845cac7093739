/** The SQL statements that read rows. */
import type { Rows } from './describe-rows.js';
import { type Quote, textOf } from './sql-text.js';

/** A part of the rows. */
export interface Part {
  /** All of these must hold. */
  readonly conditions: readonly string[];
  readonly limit?: number;
  /** Only rows whose key comes after this one. */
  readonly after?: readonly string[];
  /** Only rows up to and including this key. */
  readonly upTo?: readonly string[];
}

/** Selects the columns of the key, and the entity. */
export function selectRows(rows: Rows, part: Part, quote: Quote): string {
  const { entity, from, key } = rows;
  const columns = [...key.map(({ sql }) => `${sql}::text`), entity];
  const where = [
    ...part.conditions,
    ...(part.after ? [afterKey(rows, part.after, part.upTo === undefined, quote)] : []),
    ...(part.upTo ? [compareKey(rows, '<=', part.upTo, quote)] : []),
  ];
  const parts = [
    `SELECT ${columns.join(', ')}`,
    `FROM ${from}`,
    ...(where.length > 0 ? [`WHERE ${where.join(' AND ')}`] : []),
    ...orderBy(rows),
    ...(part.limit === undefined ? [] : [`LIMIT ${part.limit}`]),
  ];
  return parts.join(' ');
}

/** Selects the key so many rows further on; no row if the end comes first. */
export function selectKey(rows: Rows, count: number, after: readonly string[] | undefined, quote: Quote): string {
  const where = [
    ...(after ? [compareKey(rows, '>', after, quote)] : []),
    ...(rows.mayBeNull ? rows.key.map(({ sql }) => `${sql} IS NOT NULL`) : []),
  ];
  const parts = [
    `SELECT ${rows.key.map(({ sql }, index) => `${sql}::text AS key${index}`).join(', ')}`,
    `FROM ${rows.from}`,
    ...(where.length > 0 ? [`WHERE ${where.join(' AND ')}`] : []),
    ...orderBy(rows),
    `LIMIT 1 OFFSET ${count - 1}`,
  ];
  return parts.join(' ');
}

/** Selects a row if several rows that meet the conditions have the key. */
export function selectShared(rows: Rows, conditions: readonly string[], key: readonly string[], quote: Quote): string {
  const where = [...conditions, compareKey(rows, '=', key, quote)].join(' AND ');
  return `SELECT FROM ${rows.from} WHERE ${where} LIMIT 1 OFFSET 1`;
}

/** Sends the result of the SELECT. In binary form, since text would have to be escaped and unescaped. */
export function copyOut(select: string): string {
  return `COPY (${select}) TO STDOUT (FORMAT binary)`;
}

/** Orders by the columns themselves, with the order of their types and collations, as keys are compared. */
function orderBy({ key }: Rows): readonly string[] {
  return key.length > 0 ? [`ORDER BY ${key.map(({ sql }) => sql).join(', ')}`] : [];
}

/** The rows after a key. A row with NULL in its key is in no range of keys; the last one has it, so that it is reported. */
function afterKey(rows: Rows, after: readonly string[], isLast: boolean, quote: Quote): string {
  const compared = compareKey(rows, '>', after, quote);
  if (!isLast || !rows.mayBeNull) return compared;
  return `(${[compared, ...rows.key.map(({ sql }) => `${sql} IS NULL`)].join(' OR ')})`;
}

function compareKey({ key }: Rows, operator: '>' | '=' | '<=', values: readonly string[], quote: Quote): string {
  const literals = key.map(({ typeName }, index) => `${textOf(values[index], quote)}::${typeName}`);
  return `(${key.map(({ sql }) => sql).join(', ')}) ${operator} (${literals.join(', ')})`;
}
