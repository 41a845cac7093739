/** Migration 4: priorities, texts without case, and notifications of deleted jobs. */

/** @param schema an escaped identifier */
export const priorities = (schema: string): string => `
ALTER TABLE ${schema}.job ADD COLUMN priority integer NOT NULL DEFAULT 0;

CREATE INDEX job_next ON ${schema}.job (tenant, priority DESC, number) WHERE state = 'queued';

-- The case of other letters differs between databases.
CREATE FUNCTION ${schema}.without_case(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate(given, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
$$;

-- As the one before it, with the priority; processes of an earlier version still call that.
CREATE FUNCTION ${schema}.submit_job(
  new_id text, new_tenant text, new_key text, new_request json, new_progress jsonb, now_ms bigint, most_queued integer,
  new_facts jsonb, new_priority integer
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
      progress, files, facts, priority)
    VALUES (new_id, new_tenant, new_key, new_request, octet_length(new_request::text), 'queued', 1, 0, 0, now_ms, now_ms,
      new_progress, '[]', new_facts, new_priority)
    RETURNING *;
END
$$;

-- As before, the highest priority first.
CREATE OR REPLACE FUNCTION ${schema}.claim_job(
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
      ORDER BY priority DESC, number LIMIT 1
    )
    RETURNING *;
  IF FOUND THEN
    UPDATE ${schema}.tenant SET turn = nextval('${schema}.turn') WHERE name = of_tenant;
  END IF;
END
$$;

-- Notifies listeners which job was deleted, and of which tenant.
CREATE FUNCTION ${schema}.tell_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_TABLE_SCHEMA || '.job',
    current_setting('application_name') || ' -' || json_build_object('id', OLD.id, 'tenant', OLD.tenant)::text);
  RETURN NULL;
END
$$;

CREATE TRIGGER job_removed AFTER DELETE ON ${schema}.job
  FOR EACH ROW EXECUTE FUNCTION ${schema}.tell_removal();
`;
