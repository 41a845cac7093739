/** The statements of deliveries of webhooks. */

const COLUMNS = 'id, number, tenant, url, job, state, created_at, next_at, ended_at, attempts, error';

/**
 * Begins attempts.
 * Parameters: now in milliseconds, when the next attempt is due, maximum rows, tenants whose deliveries wait, the
 * latest time at which an attempt may be due: what is due later was stored under another clock.
 * Rows: the deliveries.
 */
export const claimDeliveries = (schema: string): string => `
UPDATE ${schema}.delivery SET attempts = attempts + 1, next_at = $2
WHERE id IN (
  SELECT id FROM ${schema}.delivery WHERE state = 'pending' AND (next_at <= $1 OR next_at > $5) AND tenant <> ALL($4::text[])
  ORDER BY next_at LIMIT $3
  FOR UPDATE SKIP LOCKED
)
RETURNING ${COLUMNS}`;

/** Parameters: id, attempt, state, when the next one is due or null, end or null, error or null. */
export const settleDelivery = (schema: string): string => `
UPDATE ${schema}.delivery SET state = $3, next_at = $4, ended_at = $5, error = $6
WHERE id = $1 AND attempts = $2 AND state = 'pending'`;

/** Parameters: tenants that do not count. Rows: one, when the next attempt is due, or null. */
export const nextDelivery = (schema: string): string =>
  `SELECT min(next_at) AS next_at FROM ${schema}.delivery WHERE state = 'pending' AND tenant <> ALL($1::text[])`;

/**
 * Parameters: tenant, state or null, the number below which the page starts or null, maximum rows.
 * Rows: the deliveries, newest first.
 */
export const listDeliveries = (schema: string): string => `
SELECT ${COLUMNS} FROM ${schema}.delivery
WHERE tenant = $1 AND ($2::text IS NULL OR state = $2) AND number < coalesce($3::bigint, 9223372036854775807)
ORDER BY number DESC LIMIT $4`;

/**
 * Makes a delivery due again.
 * Parameters: tenant, id, now in milliseconds.
 * Rows: the delivery, or none.
 */
export const redeliver = (schema: string): string => `
UPDATE ${schema}.delivery
SET number = DEFAULT, state = 'pending', created_at = $3, next_at = $3, ended_at = NULL, attempts = 0, error = NULL
WHERE tenant = $1 AND id = $2
RETURNING ${COLUMNS}`;

/** Parameters: a time in milliseconds. */
export const forgetDeliveries = (schema: string): string =>
  `DELETE FROM ${schema}.delivery WHERE state <> 'pending' AND ended_at < $1`;
