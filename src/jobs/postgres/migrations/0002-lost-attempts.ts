/** Migration 2: lost attempts, and the size of requests. */

/** @param schema an escaped identifier */
export const lostAttempts = (schema: string): string => `
ALTER TABLE ${schema}.job
  -- Attempts that have died since the last checkpoint.
  ADD COLUMN lost integer NOT NULL DEFAULT 0,
  -- Stored, so that the size is known without reading requests.
  ADD COLUMN request_bytes bigint NOT NULL DEFAULT 0;

UPDATE ${schema}.job SET request_bytes = octet_length(request::text);

CREATE INDEX job_alone ON ${schema}.job (tenant, number) WHERE state = 'queued' AND lost > 0;

CREATE OR REPLACE FUNCTION ${schema}.submit_job(
  new_id text, new_tenant text, new_key text, new_request json, new_progress jsonb, now_ms bigint, most_queued integer
) RETURNS SETOF ${schema}.job LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.tenant (name) VALUES (new_tenant) ON CONFLICT DO NOTHING;
  PERFORM FROM ${schema}.tenant WHERE name = new_tenant FOR UPDATE;
  RETURN QUERY SELECT * FROM ${schema}.job
    WHERE id = new_id OR (tenant = new_tenant AND idempotency_key = new_key);
  IF FOUND THEN RETURN; END IF;
  IF (SELECT count(*) FROM ${schema}.job WHERE tenant = new_tenant AND state = 'queued') >= most_queued THEN
    RETURN;
  END IF;
  RETURN QUERY INSERT INTO ${schema}.job
    (id, tenant, idempotency_key, request, request_bytes, state, version, epoch, failures, created_at, changed_at,
      progress, files)
    VALUES (new_id, new_tenant, new_key, new_request, octet_length(new_request::text), 'queued', 1, 0, 0, now_ms, now_ms,
      new_progress, '[]')
    RETURNING *;
END
$$;

-- As the one before it, of the jobs that must run alone where \`lone\` says so.
CREATE FUNCTION ${schema}.claim_job(
  of_tenant text, now_ms bigint, most_running integer, lease interval, lone boolean
) RETURNS SETOF ${schema}.job LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM ${schema}.tenant WHERE name = of_tenant FOR UPDATE;
  IF (SELECT count(*) FROM ${schema}.job WHERE tenant = of_tenant AND state = 'running') >= most_running THEN
    RETURN;
  END IF;
  RETURN QUERY UPDATE ${schema}.job
    SET state = 'running', version = version + 1, epoch = epoch + 1, changed_at = now_ms,
      started_at = coalesce(started_at, now_ms), not_before = NULL, lease_until = clock_timestamp() + lease
    WHERE state = 'queued' AND id = (
      SELECT id FROM ${schema}.job
      WHERE tenant = of_tenant AND state = 'queued' AND coalesce(not_before, 0) <= now_ms AND (lost > 0 OR NOT lone)
      ORDER BY number LIMIT 1
    )
    RETURNING *;
  IF FOUND THEN
    UPDATE ${schema}.tenant SET turn = nextval('${schema}.turn') WHERE name = of_tenant;
  END IF;
END
$$;
`;
