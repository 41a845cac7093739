/** The statement that sums what a tenant has stored. */

/**
 * Parameters: tenant.
 * Rows: one, the bytes of all its results and unfinished parts, and about those of its rows with their requests.
 */
export const sumStoredBytes = (schema: string): string => `
SELECT coalesce(sum(stored_bytes), 0)::float8 AS results,
  coalesce(sum(500 + request_bytes + octet_length(files::text) + coalesce(octet_length(receipt::text), 0)), 0)::float8
    AS rows
FROM ${schema}.job WHERE tenant = $1`;
