/** The statements that read jobs by their ids. */
import { ROW, WHOLE_ROW } from './columns.js';

/**
 * Parameters: ids.
 * Rows: the jobs that exist, without their requests.
 */
export const lookAtJobs = (schema: string): string => `SELECT ${ROW} FROM ${schema}.job WHERE id = ANY ($1)`;

/**
 * Parameters: ids.
 * Rows: the jobs that exist.
 */
export const getJobs = (schema: string): string => `SELECT ${WHOLE_ROW} FROM ${schema}.job WHERE id = ANY ($1)`;
