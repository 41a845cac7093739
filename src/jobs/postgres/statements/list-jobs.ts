/** The statement that lists the jobs of a tenant. */
import { LISTED } from './columns.js';

/**
 * Parameters: tenant, maximum rows, the id after which to start or null, maximum bytes. An id of another tenant is
 * ignored.
 * Rows: jobs, newest first, up to the maximum of bytes; each with the number of rows without that bound.
 */
export const listJobs = (schema: string): string => `
SELECT ${LISTED}, NULL::json AS checkpoint, found
FROM (
  SELECT *, count(*) OVER () AS found, sum(500 + octet_length(files::text) + coalesce(octet_length(receipt::text), 0)
    + coalesce(octet_length(error::text), 0)) OVER (ORDER BY number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS bytes_before
  FROM (
    SELECT ${LISTED}, number FROM ${schema}.job
    WHERE tenant = $1
      AND number < coalesce((SELECT number FROM ${schema}.job WHERE id = $3 AND tenant = $1), 9223372036854775807)
    ORDER BY number DESC
    LIMIT $2
  ) AS newest
) AS page
WHERE coalesce(bytes_before, 0) <= $4
ORDER BY number DESC`;
