/** The entry point for PostgreSQL as a source of entities. */
export { postgresEntities } from './sources/postgres/postgres-entities.js';
export type { PostgresEntitiesOptions } from './sources/postgres/rows-options.js';
export type { Source } from './sources/source.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
