/** Entry point `sluice/jobs/postgres`: jobs in a PostgreSQL database, run by any number of workers. */

export type { Jobs } from './jobs/open-jobs.js';
export { openPostgresJobs, type PostgresJobsOptions } from './jobs/postgres/open-postgres-jobs.js';
export { type ErrorCode, SluiceError } from './terms/errors.js';
