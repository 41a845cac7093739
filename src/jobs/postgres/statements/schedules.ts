/** The statements of schedules. */

/**
 * Parameters: id, tenant, schedule, request, when it is due, maximum of the tenant.
 * Rows: its id; none if the maximum is reached, or if it was added before.
 */
export const addSchedule = (schema: string): string => `
INSERT INTO ${schema}.schedule (id, tenant, schedule, request, due_at, turn_at)
SELECT $1::text, $2::text, $3::json, $4::json, $5::bigint, $5::bigint
WHERE (SELECT count(*) FROM ${schema}.schedule WHERE tenant = $2) < $6::bigint
ON CONFLICT DO NOTHING
RETURNING id`;

/** Parameters: tenant, id. */
export const getSchedule = (schema: string): string =>
  `SELECT schedule, due_at, paused, request FROM ${schema}.schedule WHERE tenant = $1 AND id = $2`;

/** Parameters: tenant. Rows: schedules in the order of their addition. */
export const listSchedules = (schema: string): string =>
  `SELECT schedule, due_at, paused FROM ${schema}.schedule WHERE tenant = $1 ORDER BY number`;

/** Rows: the schedules of all tenants. */
export const allSchedules = (schema: string): string => `SELECT schedule, due_at, paused FROM ${schema}.schedule`;

/** Parameters: tenant, id. Rows: its id, or none. */
export const removeSchedule = (schema: string): string =>
  `DELETE FROM ${schema}.schedule WHERE tenant = $1 AND id = $2 RETURNING id`;

/** Parameters: tenant, id, when it is due, or null to pause it. Rows: its id, or none. */
export const pauseSchedule = (schema: string): string => `
UPDATE ${schema}.schedule
SET paused = $3::bigint IS NULL, due_at = coalesce($3, due_at), turn_at = coalesce($3, turn_at)
WHERE tenant = $1 AND id = $2
RETURNING id`;

/** Parameters: now in milliseconds, the end of the lease, maximum rows. Rows: the schedules. */
export const claimSchedules = (schema: string): string => `
UPDATE ${schema}.schedule SET turn_at = $2
WHERE id IN (
  SELECT id FROM ${schema}.schedule WHERE turn_at <= $1 AND NOT paused
  ORDER BY turn_at LIMIT $3
  FOR UPDATE SKIP LOCKED
)
RETURNING schedule, due_at, paused, request`;

/**
 * Of a schedule that is free, both times are equal.
 * Parameters: tenant, id, now in milliseconds, the end of the lease.
 * Rows: the schedule; none if it is taken.
 */
export const takeSchedule = (schema: string): string => `
UPDATE ${schema}.schedule SET turn_at = CASE WHEN due_at = $4 THEN due_at + 1 ELSE $4 END
WHERE tenant = $1 AND id = $2 AND (turn_at = due_at OR turn_at <= $3)
RETURNING schedule, due_at, paused, request`;

/** Parameters: id, when it was due, schedule, when it is due. */
export const settleSchedule = (schema: string): string =>
  `UPDATE ${schema}.schedule SET schedule = $3, due_at = $4, turn_at = $4 WHERE id = $1 AND due_at = $2`;

/** Rows: one, when a schedule can be claimed next, or null. */
export const nextSchedule = (schema: string): string =>
  `SELECT min(turn_at) AS turn_at FROM ${schema}.schedule WHERE NOT paused`;
