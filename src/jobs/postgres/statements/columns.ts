/** The columns that statements return. */

const SUMMARY =
  'id, tenant, idempotency_key, state, version, epoch, failures, lost, created_at, changed_at, started_at, ended_at, expires_at, not_before, progress, error, receipt, facts, files, priority';

/** Those of a row in a list. */
export const LISTED = SUMMARY;

/** Those of a row. */
export const ROW = `${SUMMARY}, checkpoint`;

/** Those of a row with its request, which may be much larger. */
export const WHOLE_ROW = `${ROW}, request`;
