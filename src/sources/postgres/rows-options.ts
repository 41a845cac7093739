/** What a caller says of the rows that hold entities, and whether it fits together. */
import type { ClientConfig } from 'pg';
import { acceptOptions, anything, check, filledText, listOf, type OptionTable } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import { invalid } from '../../terms/errors.js';

/** Which rows of which database are entities, and how. */
export interface PostgresEntitiesOptions {
  /** `postgres://user:password@host:5432/database`, or what the driver (`pg`) takes for a client. */
  readonly connection: string | ClientConfig;
  /** A table or view as SQL writes its name: `products`, `catalog.products`, `"Odd Name"`. */
  readonly table?: string;
  /** In place of a table: a SELECT. */
  readonly query?: string;
  /** The column of type json or jsonb that holds whole entities; default: the only one there is. */
  readonly entity?: string;
  /**
   * A column that is known to hold the id of the entity as it stands there: filters ask it in place of the entity, so
   * that an index helps. Where an export says that entities spell their id otherwise (`idField`), only if the column
   * has that very name. With `document`: the column that holds the id.
   */
  readonly id?: string;
  /** The same for the type. */
  readonly type?: string;
  /**
   * The column of type json or jsonb with all other members, where id and type are columns only. Entities are made of
   * them as `{"id":…,"type":…, and what is in the document}`; its text stays as it is.
   */
  readonly document?: string;
  /**
   * Columns that order the rows, and of which no two rows have the same: behind them a job goes on. Default: the
   * primary key of the table. Without one the order is the server's, and a job begins again.
   */
  readonly key?: readonly string[];
  /**
   * Connections that read at the same time, each some rows of the same snapshot; the order of the rows stays. Only of
   * a table with a key. Default 1.
   */
  readonly connections?: number;
  /** The id of a snapshot that another transaction has exported (`pg_export_snapshot()`), which must be open still. */
  readonly snapshot?: string;
}

const NAMES = ['table', 'query', 'entity', 'id', 'type', 'document', 'snapshot'] as const;

const isConnection = check((value) => (typeof value === 'string' && value !== '') || isObject(value), 'an address');

const POSTGRES_ENTITIES: OptionTable<PostgresEntitiesOptions> = {
  connection: isConnection,
  table: filledText,
  query: filledText,
  entity: filledText,
  id: filledText,
  type: filledText,
  document: filledText,
  key: listOf(filledText),
  connections: anything,
  snapshot: filledText,
};

/** More than this no server gives to one client. */
const MOST_CONNECTIONS = 64;

/**
 * Refuses options that contradict each other.
 * @throws SluiceError `INVALID`
 */
export function checkOptions(options: PostgresEntitiesOptions): PostgresEntitiesOptions {
  acceptOptions(options, POSTGRES_ENTITIES, ['connection']);
  const { connection, table, query, entity, id, document, key, connections = 1 } = options;
  if (!connection)
    throw invalid('read', 'is required: an address such as postgres://user@host:5432/database', 'connection');
  for (const name of NAMES) {
    const value: unknown = options[name];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw invalid('read', 'must be a string that is not empty', name);
  }
  if ((table === undefined) === (query === undefined)) throw invalid('read', 'give either a table or a query', 'table');
  if (entity !== undefined && document !== undefined) {
    throw invalid('read', 'a row has either a complete entity or the document that it is built from', 'document');
  }
  if (document !== undefined && id === undefined) throw invalid('read', 'is required beside document', 'id');
  if (key !== undefined && !(Array.isArray(key) && key.length > 0 && key.every((name) => typeof name === 'string'))) {
    throw invalid('read', 'must be names of columns', 'key');
  }
  if (!Number.isInteger(connections) || connections < 1 || connections > MOST_CONNECTIONS) {
    throw invalid('read', `must be a whole number from 1 to ${MOST_CONNECTIONS}`, 'connections');
  }
  if (connections > 1 && query !== undefined) {
    throw invalid(
      'read',
      'a query is read by one connection; a table with a key may be read by several',
      'connections',
    );
  }
  return options;
}

/** Words for what is read, for errors. */
export function wordsFor({ table, query }: PostgresEntitiesOptions): string {
  return query === undefined ? `${table}` : 'query';
}
