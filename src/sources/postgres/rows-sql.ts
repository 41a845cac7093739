/** The statements that read rows. */
import type { Rows } from './describe-rows.js';
import { type Quote, textOf } from './sql-text.js';

/** Which of the rows. */
export interface Part {
  /** All of these must hold. */
  readonly conditions: readonly string[];
  readonly limit?: number;
  /** Only rows whose key comes behind this one. */
  readonly behind?: readonly string[];
  /** Only rows up to this key, with it. */
  readonly upTo?: readonly string[];
}

/** Answers the key, a column after the other, and the entity. */
export function selectRows(rows: Rows, part: Part, quote: Quote): string {
  const { entity, from, key } = rows;
  const columns = [...key.map(({ sql }) => `${sql}::text`), entity];
  const where = [
    ...part.conditions,
    ...(part.behind ? [compareKey(rows, '>', part.behind, quote)] : []),
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

/** Answers the key so many rows further on; no row where the end comes first. */
export function selectKey(rows: Rows, count: number, behind: readonly string[] | undefined, quote: Quote): string {
  const parts = [
    `SELECT ${rows.key.map(({ sql }, index) => `${sql}::text AS key${index}`).join(', ')}`,
    `FROM ${rows.from}`,
    ...(behind ? [`WHERE ${compareKey(rows, '>', behind, quote)}`] : []),
    ...orderBy(rows),
    `LIMIT 1 OFFSET ${count - 1}`,
  ];
  return parts.join(' ');
}

/** The statement that sends what the SELECT answers. Binary, since text would have to be escaped, and read again. */
export function copyOut(select: string): string {
  return `COPY (${select}) TO STDOUT (FORMAT binary)`;
}

/** By the very columns, with the order of their types and collations, as they are compared. */
function orderBy({ key }: Rows): readonly string[] {
  return key.length > 0 ? [`ORDER BY ${key.map(({ sql }) => sql).join(', ')}`] : [];
}

function compareKey({ key }: Rows, operator: '>' | '<=', values: readonly string[], quote: Quote): string {
  const literals = key.map(({ typeName }, index) => `${textOf(values[index], quote)}::${typeName}`);
  return `(${key.map(({ sql }) => sql).join(', ')}) ${operator} (${literals.join(', ')})`;
}
