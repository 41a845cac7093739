/** Options of reading from PostgreSQL, and their checks. */
import type { ClientConfig } from 'pg';
import { acceptOptions, anything, check, filledText, listOf } from '../../options/accept-options.js';
import { isObject } from '../../options/faults.js';
import { name, type Options, typed, wholeNumber } from '../../options/option.js';
import { invalid } from '../../terms/errors.js';

/** Maximum of connections; servers rarely allow one client more. */
const MOST_CONNECTIONS = 64;

const isConnection = check((value) => (typeof value === 'string' && value !== '') || isObject(value), 'an address');

export const POSTGRES_ENTITIES = {
  connection: {
    kind: typed('string | ClientConfig', isConnection),
    about: '`postgres://user:password@host:5432/database`, or the options of a client of the driver (`pg`)',
  },
  table: {
    kind: name,
    about: 'a table or view as SQL writes its name: `products`, `catalog.products`, `"Odd Name"`',
    flag: '--table <name>',
    flagAbout: 'the table whose rows are entities',
    flagSyntax: 'text',
  },
  query: {
    kind: name,
    about: 'a SELECT, instead of a table',
    flag: '--query <sql>',
    flagAbout: 'a query in place of a table; @file reads it from a file',
    flagSyntax: 'text',
  },
  entity: {
    kind: name,
    about: 'the column of type json or jsonb with complete entities',
    default: 'the only such column',
    flag: '--entity-column <name>',
    flagAbout: 'the column that holds complete entities (default: the only json column)',
    flagSyntax: 'text',
  },
  id: {
    kind: name,
    about: 'a column with the same id as the entity: filters query it instead of the entity, so that an index helps',
    details:
      'If the export sets another name for the id (`idField`), only a column of that name is used. With `document`: the column of the id.',
    flag: '--id-column <name>',
    flagAbout: 'the column with ids',
    flagSyntax: 'text',
  },
  type: {
    kind: name,
    about: 'the same for the type',
    flag: '--type-column <name>',
    flagAbout: 'the column with types',
    flagSyntax: 'text',
  },
  document: {
    kind: name,
    about: 'the column of type json or jsonb with all other members, if id and type are columns only',
    details: 'Entities are built as `{"id":…,"type":…, members of the document}`; its text stays unchanged.',
    flag: '--document-column <name>',
    flagAbout: 'the column with the other members, if id and type are only columns',
    flagSyntax: 'text',
  },
  key: {
    kind: typed('readonly string[]', listOf(filledText)),
    about: 'columns that order the rows, are unique together and never NULL: a job resumes after them',
    details: 'Without a key the order is that of the server, and a job starts again.',
    default: 'the primary key of the table, unless others inherit from it',
    flag: '--key <columns>',
    flagAbout: 'columns that order the rows, so that jobs can resume (default: the primary key)',
    flagSyntax: 'names',
  },
  connections: {
    kind: { ...wholeNumber(1, MOST_CONNECTIONS), check: anything },
    about: 'connections that read at the same time, in one snapshot, 1 to 64; the order of the rows stays',
    details: 'Only for a table with a key.',
    default: '1',
    flag: '--connections <n>',
    flagAbout: 'connections that read in parallel, under one snapshot',
  },
  snapshot: {
    kind: name,
    about: 'the id of a snapshot that another open transaction has exported (`pg_export_snapshot()`)',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** The database, the rows, and how they become entities. */
export interface PostgresEntitiesOptions {
  /** `postgres://user:password@host:5432/database`, or the options of a client of the driver (`pg`). */
  readonly connection: string | ClientConfig;
  /** A table or view as SQL writes its name: `products`, `catalog.products`, `"Odd Name"`. */
  readonly table?: string;
  /** A SELECT, instead of a table. */
  readonly query?: string;
  /** The column of type json or jsonb with complete entities. Default: the only such column. */
  readonly entity?: string;
  /**
   * A column with the same id as the entity: filters query it instead of the entity, so that an index helps. If the
   * export sets another name for the id (`idField`), only a column of that name is used. With `document`: the column of
   * the id.
   */
  readonly id?: string;
  /** The same for the type. */
  readonly type?: string;
  /**
   * The column of type json or jsonb with all other members, if id and type are columns only. Entities are built as
   * `{"id":…,"type":…, members of the document}`; its text stays unchanged.
   */
  readonly document?: string;
  /**
   * Columns that order the rows, are unique together and never NULL: a job resumes after them. Without a key the order
   * is that of the server, and a job starts again. Default: the primary key of the table, unless others inherit from
   * it.
   */
  readonly key?: readonly string[];
  /**
   * Connections that read at the same time, in one snapshot, 1 to 64; the order of the rows stays. Only for a table
   * with a key. Default: 1.
   */
  readonly connections?: number;
  /** The id of a snapshot that another open transaction has exported (`pg_export_snapshot()`). */
  readonly snapshot?: string;
}

const NAMES = ['table', 'query', 'entity', 'id', 'type', 'document', 'snapshot'] as const;

/**
 * Refuses contradictory options.
 * @throws SluiceError `INVALID`
 */
export function checkOptions(options: PostgresEntitiesOptions): PostgresEntitiesOptions {
  acceptOptions(options, POSTGRES_ENTITIES, ['connection']);
  const { connection, table, query, entity, id, document, key, connections = 1 } = options;
  if (!connection)
    throw invalid('read', 'is required: an address such as postgres://user@host:5432/database', 'connection');
  for (const column of NAMES) {
    const value: unknown = options[column];
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw invalid('read', 'must be a string that is not empty', column);
  }
  if ((table === undefined) === (query === undefined)) throw invalid('read', 'give either a table or a query', 'table');
  if (entity !== undefined && document !== undefined) {
    throw invalid('read', 'a row has either a complete entity or the document that it is built from', 'document');
  }
  if (document !== undefined && id === undefined) throw invalid('read', 'is required beside document', 'id');
  if (
    key !== undefined &&
    !(Array.isArray(key) && key.length > 0 && key.every((column) => typeof column === 'string'))
  ) {
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

/** Names what is read, for errors. */
export function wordsFor({ table, query }: PostgresEntitiesOptions): string {
  return query === undefined ? `${table}` : 'query';
}
