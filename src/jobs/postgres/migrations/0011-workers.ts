/** Migration 11: the processes that run jobs, and which of them runs a job. */

/** @param schema an escaped identifier */
export const workers = (schema: string): string => `
CREATE TABLE ${schema}.worker (
  id text PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  -- By the clock of the database, as leases are.
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who runs the newest attempt, or ran it; null in processes of an earlier version.
ALTER TABLE ${schema}.job ADD COLUMN worker text;

-- As the one before it, with who claims; processes of an earlier version still call that.
CREATE FUNCTION ${schema}.claim_job(
  of_tenant text, now_ms bigint, most_running integer, lease interval, lone boolean, by_worker text
) RETURNS SETOF ${schema}.job LANGUAGE plpgsql AS $$
DECLARE
  claimed ${schema}.job;
BEGIN
  FOR claimed IN SELECT * FROM ${schema}.claim_job(of_tenant, now_ms, most_running, lease, lone) LOOP
    UPDATE ${schema}.job SET worker = by_worker WHERE id = claimed.id;
    RETURN NEXT claimed;
  END LOOP;
END
$$;
`;
