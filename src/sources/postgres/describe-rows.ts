/** Asks the server what a table or query is made of, and decides how its rows become entities. */
import type { Client, FieldDef, QueryResultRow } from 'pg';
import { invalid, SluiceError } from '../../terms/errors.js';
import { untilAborted } from '../until-aborted.js';
import { postgresFailure } from './postgres-failure.js';
import type { PostgresEntitiesOptions } from './rows-options.js';
import { nameOf } from './session.js';

/** Types by their number, which is the same on every server: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
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

/** A column, as SQL says it behind the name of the rows. */
export interface Column {
  readonly name: string;
  readonly sql: string;
  /** Number of its type, or of the one its domain is made of. */
  readonly type: number;
}

/** A column that rows are ordered by. */
export interface KeyColumn extends Column {
  readonly typeName: string;
}

/** How rows become entities. */
export interface Rows {
  /** For errors. */
  readonly name: string;
  /** What stands behind FROM; the rows are called `entities`. */
  readonly from: string;
  /** The entity, or what it is made of, as SQL. */
  readonly entity: string;
  readonly isJsonb: boolean;
  readonly hasLines: boolean;
  /** Columns that become members of the entity, by the names of these. */
  readonly own: ReadonlyMap<string, Column>;
  /** Columns that hold what the entity has as a member, too, by its usual name. */
  readonly known: ReadonlyMap<string, Column>;
  /** Where all other members are; of json nothing is known, for it may hold a member twice. */
  readonly members?: Column;
  readonly key: readonly KeyColumn[];
  /** The server sees to it that no two rows have the same key. */
  readonly unique: boolean;
  /** Texts beyond ASCII may not even be asked for where the database cannot hold them. */
  readonly isUnicode: boolean;
}

/** The name of the rows in statements. */
const ROWS = 'entities';

const TABLE = `
SELECT format('%I.%I', n.nspname, c.relname) AS relation,
  (SELECT json_agg(a.attname ORDER BY k.place)
   FROM pg_index i
   CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
   WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts) AS key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1)`;

/** Behind a modifier of -1 stand the names that lose nothing: "char" cuts, bpchar does not. */
const TYPES = `
SELECT (SELECT json_object_agg(t.oid, format_type(t.oid, -1)) FROM pg_type t WHERE t.oid = ANY($1)) AS names,
  current_setting('server_encoding') = 'UTF8' AS unicode`;

/** What `TYPES` answers. */
interface TypeRow {
  readonly names: Readonly<Record<string, string>> | null;
  readonly unicode: boolean;
}

/** What stands before the query where it is described; behind it comes a line of its own, for its last may be a comment. */
const BEFORE_QUERY = 'SELECT * FROM (';

/** White space of JSON, as SQL writes it. */
const WHITE = "E' \\t\\n\\r'";

/**
 * Describes the rows.
 * @throws SluiceError `NOT_FOUND` for a table that is not there, `INVALID` for columns that are not, or a query that is
 *   none, `PERMISSION_DENIED`
 */
export async function describeRows(
  options: PostgresEntitiesOptions,
  client: Client,
  signal: AbortSignal,
): Promise<Rows> {
  const { query } = options;
  const name = nameOf(client, query === undefined ? `${options.table}` : 'query');
  const ask = async <R extends QueryResultRow>(text: string, values: unknown[], ownCharacters?: number) => {
    // By the extended protocol, which takes one statement only.
    const question = { text, values, queryMode: 'extended' };
    return untilAborted(client.query<R>(question), signal).catch((cause) => {
      throw postgresFailure(cause, name, 'describe', ownCharacters);
    });
  };
  let source: string;
  let primary: readonly string[] = [];
  if (query === undefined) {
    const { rows } = await ask<{ relation: string; key: readonly string[] | null }>(TABLE, [options.table]);
    if (rows.length === 0) {
      const message = `${name}: there is no such table; a name that is not in lower case must be quoted: "Name"`;
      throw new SluiceError('NOT_FOUND', 'read', message, { source: name });
    }
    source = rows[0].relation;
    primary = rows[0].key ?? [];
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
    isUnicode: rows[0].unicode,
  };
}

/** The columns of rows, by their names. */
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

  /** The column that an option names, by the name of that; nothing where it is absent. */
  option(option: string, name: string | undefined): readonly (readonly [string, Column])[] {
    return name === undefined ? [] : [[option, this.named(name, option)]];
  }

  /** A column of JSON. */
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

type Entities = Omit<Rows, 'name' | 'from' | 'key' | 'unique' | 'isUnicode'>;

function wholeEntities({ entity, id, type }: PostgresEntitiesOptions, columns: Columns): Entities {
  const column = entity === undefined ? columns.onlyJson() : columns.json(entity, 'entity');
  const isJsonb = column.type === TYPE.jsonb;
  return {
    entity: column.sql,
    isJsonb,
    hasLines: !isJsonb,
    own: NO_COLUMNS,
    known: new Map([...columns.option('id', id), ...columns.option('type', type)]),
    ...(isJsonb ? { members: column } : {}),
  };
}

/** The members are put together as text, so that numbers and the order of members stay as they are. */
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
    ...(isJsonb ? { members: body } : {}),
  };
}
