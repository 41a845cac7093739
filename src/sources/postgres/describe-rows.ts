/** Asks the server for the columns of a table or query, and decides how rows become entities. */
import type { Client, FieldDef, QueryResultRow } from 'pg';
import { invalid, SluiceError } from '../../terms/errors.js';
import { untilAborted } from '../until-aborted.js';
import { postgresFailure } from './postgres-failure.js';
import type { PostgresEntitiesOptions } from './rows-options.js';
import { nameOf } from './session.js';

/** Type numbers, which are equal on every server: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
export const TYPE = {
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  varchar: 1043,
  uuid: 2950,
  jsonb: 3802,
} as const;

/** A column, as SQL writes it after the name of the rows. */
export interface Column {
  readonly name: string;
  readonly sql: string;
  /** Number of its type; of a domain that of the base type. */
  readonly type: number;
}

/** A column of the order of rows. */
export interface KeyColumn extends Column {
  readonly typeName: string;
}

/** How rows become entities. */
export interface Rows {
  /** Name of the rows in errors. */
  readonly name: string;
  /** The text after FROM; the rows are called `entities`. */
  readonly from: string;
  /** The entity, or its parts, as SQL. */
  readonly entity: string;
  readonly isJsonb: boolean;
  readonly hasLines: boolean;
  /** Columns that become members of the entity, by the names of the members. */
  readonly own: ReadonlyMap<string, Column>;
  /** Columns with copies of members of the entity, by the usual names of the members. */
  readonly known: ReadonlyMap<string, Column>;
  /** The column of all other members; absent for json, which may have a member twice. */
  readonly members?: Column;
  readonly key: readonly KeyColumn[];
  /** Whether the server guarantees that no two rows have the same key. */
  readonly unique: boolean;
  /** Whether a row may have NULL in its key. It has no place in the order, and fails the reading that meets it. */
  readonly mayBeNull: boolean;
  /** Whether the database can hold texts beyond ASCII; otherwise they cannot even be queried. */
  readonly isUnicode: boolean;
}

/** The name of the rows in statements. */
const ROWS = 'entities';

/** Tables that inherit from another one, other than as partitions, may have rows with the same key. */
const TABLE = `
SELECT format('%I.%I', n.nspname, c.relname) AS relation,
  (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnotnull) AS filled,
  (SELECT json_agg(a.attname ORDER BY k.place)
   FROM pg_index i
   CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
   WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts
     AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid))) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1)`;

/** The result of `TABLE`. */
interface TableRow {
  readonly relation: string;
  /** Columns that are never NULL. */
  readonly filled: readonly string[] | null;
  readonly key: readonly string[] | null;
}

/** For modifier -1 these are the names without truncation: "char" truncates, bpchar does not. */
const TYPES = `
SELECT (SELECT json_object_agg(t.oid, format_type(t.oid, -1)) FROM pg_type t WHERE t.oid = ANY($1)) AS names,
  current_setting('server_encoding') = 'UTF8' AS unicode`;

/** The result of `TYPES`. */
interface TypeRow {
  readonly names: Readonly<Record<string, string>> | null;
  readonly unicode: boolean;
}

/** The text before the query when it is described; a newline follows the query, whose last line may be a comment. */
const BEFORE_QUERY = 'SELECT * FROM (';

/** White space of JSON, as SQL writes it. */
const WHITE = "E' \\t\\n\\r'";

/**
 * Describes the rows.
 * @throws SluiceError `NOT_FOUND` for a missing table, `INVALID` for missing columns or a faulty query,
 *   `PERMISSION_DENIED`
 */
export async function describeRows(
  options: PostgresEntitiesOptions,
  client: Client,
  signal: AbortSignal,
): Promise<Rows> {
  const { query } = options;
  const name = nameOf(client, query === undefined ? `${options.table}` : 'query');
  const ask = async <R extends QueryResultRow>(text: string, values: unknown[], ownCharacters?: number) => {
    // The extended protocol accepts one statement only.
    const question = { text, values, queryMode: 'extended' };
    return untilAborted(client.query<R>(question), signal).catch((cause) => {
      throw postgresFailure(cause, name, 'describe', ownCharacters);
    });
  };
  let source: string;
  let primary: readonly string[] = [];
  let filled: readonly string[] = [];
  if (query === undefined) {
    const { rows } = await ask<TableRow>(TABLE, [options.table]);
    if (rows.length === 0) {
      const message = `${name}: the table does not exist; a name with capitals must be quoted: "Name"`;
      throw new SluiceError('NOT_FOUND', 'read', message, { source: name });
    }
    source = rows[0].relation;
    primary = rows[0].key ?? [];
    filled = rows[0].filled ?? [];
  } else {
    source = `(${query.replace(/[;\s]+$/, '')}\n)`;
  }
  const ownCharacters = query === undefined ? undefined : BEFORE_QUERY.length;
  const { fields } = await ask(`SELECT * FROM ${source} AS ${ROWS} LIMIT 0`, [], ownCharacters);
  const columns = new Columns(fields, client);
  const keyNames = options.key ?? primary;
  const key = keyNames.map((one) => columns.named(one, 'key'));
  const { rows } = await ask<TypeRow>(TYPES, [key.map(({ type }) => type)]);
  return {
    name,
    from: `${source} AS ${ROWS}`,
    ...(options.document === undefined ? wholeEntities(options, columns) : composed(options, columns)),
    key: key.map((column) => ({ ...column, typeName: rows[0].names?.[column.type] ?? 'text' })),
    unique: options.key === undefined,
    mayBeNull: !keyNames.every((one) => filled.includes(one)),
    isUnicode: rows[0].unicode,
  };
}

/** The columns of rows, by name. */
class Columns {
  readonly all: readonly Column[];

  constructor(fields: readonly FieldDef[], client: Client) {
    this.all = fields.map(({ name, dataTypeID }) => ({
      name,
      sql: `${ROWS}.${client.escapeIdentifier(name)}`,
      type: dataTypeID,
    }));
  }

  named(name: string, option: string): Column {
    const found = this.all.find((column) => column.name === name);
    if (found) return found;
    throw invalid('read', `there is no column ${JSON.stringify(name)}; the columns are ${this.#names()}`, option);
  }

  /** The column that an option names, with the member it belongs to; empty if the option is absent. */
  option(option: string, name: string | undefined): readonly (readonly [string, Column])[] {
    return name === undefined ? [] : [[option, this.named(name, option)]];
  }

  /** A column of type json or jsonb. */
  json(name: string, option: string): Column {
    const column = this.named(name, option);
    if (isJson(column)) return column;
    throw invalid('read', `the column ${JSON.stringify(name)} is not json or jsonb; a query can cast it`, option);
  }

  onlyJson(): Column {
    const found = this.all.filter(isJson);
    if (found.length === 1) return found[0];
    const how = found.length === 0 ? 'no column is json or jsonb' : `several columns are json or jsonb`;
    throw invalid('read', `${how}: name the column of the entities, one of ${this.#names()}`, 'entity');
  }

  #names(): string {
    return this.all.map(({ name }) => JSON.stringify(name)).join(', ');
  }
}

function isJson({ type }: Column): boolean {
  return type === TYPE.json || type === TYPE.jsonb;
}

const NO_COLUMNS: ReadonlyMap<string, Column> = new Map();

type Entities = Omit<Rows, 'name' | 'from' | 'key' | 'unique' | 'mayBeNull' | 'isUnicode'>;

function wholeEntities({ entity, id, type }: PostgresEntitiesOptions, columns: Columns): Entities {
  const column = entity === undefined ? columns.onlyJson() : columns.json(entity, 'entity');
  const isJsonb = column.type === TYPE.jsonb;
  return {
    entity: column.sql,
    isJsonb,
    hasLines: !isJsonb,
    own: NO_COLUMNS,
    known: new Map([...columns.option('id', id), ...columns.option('type', type)]),
    members: isJsonb ? column : undefined,
  };
}

/** The members are concatenated as text, so that numbers and the order of members stay unchanged. */
function composed({ id = '', type, document = '' }: PostgresEntitiesOptions, columns: Columns): Entities {
  const body = columns.json(document, 'document');
  const own = new Map([...columns.option('id', id), ...columns.option('type', type)]);
  const isJsonb = body.type === TYPE.jsonb;
  const members = [...own].map(([name, { sql }]) => `'"${name}":' || coalesce(to_json(${sql}::text)::text, 'null')`);
  const inner = `nullif(btrim(left(substr(btrim(${body.sql}::text, ${WHITE}), 2), -1), ${WHITE}), '')`;
  const whole = `'{' || concat_ws(',', ${[...members, inner].join(', ')}) || '}'`;
  const typeOf = isJsonb ? 'jsonb_typeof' : 'json_typeof';
  return {
    entity: `CASE WHEN ${typeOf}(${body.sql}) = 'object' THEN ${whole} END`,
    isJsonb: false,
    hasLines: !isJsonb,
    own,
    known: NO_COLUMNS,
    members: isJsonb ? body : undefined,
  };
}
