/** The door to PostgreSQL as a source of entities. */
export { postgresEntities } from './pipeline/read/postgres/postgres-entities.js';
export type { PostgresEntitiesOptions } from './pipeline/read/postgres/rows-options.js';
export type { Source } from './pipeline/read/source.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
