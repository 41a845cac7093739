/** Migration 1: the tables of jobs and tenants, and the two functions that need exclusive access to a tenant. */

/** @param schema an escaped identifier */
export const jobs = (schema: string): string => `
CREATE TABLE ${schema}.tenant (
  name text PRIMARY KEY,
  -- Its last turn, by the sequence below; the tenant with the lowest turn is next.
  turn bigint NOT NULL DEFAULT 0
);

CREATE SEQUENCE ${schema}.turn;

CREATE TABLE ${schema}.job (
  id text PRIMARY KEY,
  tenant text NOT NULL REFERENCES ${schema}.tenant (name),
  -- The order of submission.
  number bigint GENERATED ALWAYS AS IDENTITY,
  idempotency_key text,
  -- As text, which keeps the order of members.
  request json NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'completedWithNoRecords',
    'completedWithErrors', 'failed', 'cancelled', 'expired')),
  version integer NOT NULL,
  epoch integer NOT NULL,
  failures integer NOT NULL,
  -- Milliseconds since 1970, by the clock of the writer.
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  started_at bigint,
  ended_at bigint,
  expires_at bigint,
  not_before bigint,
  progress jsonb NOT NULL,
  error json,
  receipt json,
  files json NOT NULL,
  checkpoint json,
  -- Bytes of the files, or of the parts that the checkpoint refers to.
  stored_bytes bigint NOT NULL DEFAULT 0,
  -- By the clock of the database, which all processes share: an attempt that is not renewed until then has lost the job.
  lease_until timestamptz,
  UNIQUE (tenant, idempotency_key)
);

CREATE INDEX job_of_tenant ON ${schema}.job (tenant, number);
CREATE INDEX job_waiting ON ${schema}.job (tenant, number) WHERE state = 'queued';
CREATE INDEX job_running ON ${schema}.job (tenant) WHERE state = 'running';
CREATE INDEX job_lease ON ${schema}.job (lease_until) WHERE state = 'running';
CREATE INDEX job_expiry ON ${schema}.job (expires_at) WHERE state IN ('completed', 'completedWithNoRecords',
  'completedWithErrors');
CREATE INDEX job_end ON ${schema}.job (ended_at) WHERE state IN ('failed', 'cancelled', 'expired');

CREATE TABLE ${schema}.secret (
  name text PRIMARY KEY,
  value bytea NOT NULL
);

-- Notifies listeners which job has changed, and by which engine.
CREATE FUNCTION ${schema}.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(TG_TABLE_SCHEMA || '.job', current_setting('application_name') || ' ' || NEW.id);
  RETURN NULL;
END
$$;

CREATE TRIGGER job_changed AFTER INSERT OR UPDATE OF version ON ${schema}.job
  FOR EACH ROW EXECUTE FUNCTION ${schema}.tell_change();

-- Adds a job, unless one with its id or key exists, or the tenant has reached its limit of queued jobs.
-- Separate statements after the lock of the tenant, so that each sees what earlier holders of the lock have written.
CREATE FUNCTION ${schema}.submit_job(
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
    (id, tenant, idempotency_key, request, state, version, epoch, failures, created_at, changed_at, progress, files)
    VALUES (new_id, new_tenant, new_key, new_request, 'queued', 1, 0, 0, now_ms, now_ms, new_progress, '[]')
    RETURNING *;
END
$$;

-- Starts the oldest queued job of a tenant, unless the tenant has reached its limit of running jobs.
CREATE FUNCTION ${schema}.claim_job(
  of_tenant text, now_ms bigint, most_running integer, lease interval
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
      WHERE tenant = of_tenant AND state = 'queued' AND coalesce(not_before, 0) <= now_ms
      ORDER BY number LIMIT 1
    )
    RETURNING *;
  IF FOUND THEN
    UPDATE ${schema}.tenant SET turn = nextval('${schema}.turn') WHERE name = of_tenant;
  END IF;
END
$$;
`;
