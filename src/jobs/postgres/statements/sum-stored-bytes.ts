/** The statement that sums what a tenant has stored. */

/**
 * Parameters: tenant.
 * Rows: one, the bytes of all its results and unfinished parts.
 */
export const sumStoredBytes = (schema: string): string =>
  `SELECT coalesce(sum(stored_bytes), 0)::float8 AS bytes FROM ${schema}.job WHERE tenant = $1`;
