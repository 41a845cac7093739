/** The statements of histories; a trigger notes them. */

/** Parameters: id of the job. Rows: its events in their order. */
export const getEvents = (schema: string): string =>
  `SELECT at, kind, attempt, state, error FROM ${schema}.job_event WHERE job = $1 ORDER BY number`;

/** Parameters: id of the job. Rows: its samples in their order. */
export const getSamples = (schema: string): string =>
  `SELECT at, attempt, read, written, bytes_in FROM ${schema}.job_sample WHERE job = $1 ORDER BY number`;
