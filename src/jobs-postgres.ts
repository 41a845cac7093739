/** The door to jobs of many machines: in a PostgreSQL database, run by any number of workers. */

export { openPostgresJobs, type PostgresJobsOptions } from './jobs/postgres/open-postgres-jobs.js';
