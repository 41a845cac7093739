/** The statement that lists the jobs of a tenant. */
import { LISTED } from './columns.js';
import { MATCHING, matching } from './matching-jobs.js';

const [LIMIT, AFTER, BYTES] = [1, 2, 3].map((after) => `$${MATCHING + after}`);

/**
 * Parameters: those of the condition, maximum rows, the number below which the page starts or null, maximum bytes.
 * Rows: jobs, newest first, up to the maximum of bytes; each with its number, and that of rows without that bound.
 */
export const listJobs = (schema: string): string => `
SELECT ${LISTED}, number, NULL::json AS checkpoint, found
FROM (
  SELECT *, count(*) OVER () AS found, sum(500 + octet_length(files::text) + coalesce(octet_length(receipt::text), 0)
    + coalesce(octet_length(error::text), 0)) OVER (ORDER BY number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS bytes_before
  FROM (
    SELECT ${LISTED}, number FROM ${schema}.job
    WHERE ${matching(schema)}
      AND number < coalesce(${AFTER}::bigint, 9223372036854775807)
    ORDER BY number DESC
    LIMIT ${LIMIT}
  ) AS newest
) AS page
WHERE coalesce(bytes_before, 0) <= ${BYTES}
ORDER BY number DESC`;
