/** The statement that sums the stored bytes of a tenant. */

/**
 * Parameters: tenant.
 * Rows: one: the size of all its results, also unfinished ones, and the approximate size of its rows with requests.
 */
export const sumStoredBytes = (schema: string): string => `
SELECT coalesce(sum(stored_bytes), 0)::float8 AS results,
  coalesce(sum(500 + request_bytes + octet_length(files::text) + coalesce(octet_length(receipt::text), 0)), 0)::float8
    AS rows
FROM ${schema}.job WHERE tenant = $1`;
