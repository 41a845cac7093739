/** Migration 6: deliveries of webhooks, added with the end of a job by whatever ends it. */

/** @param schema an escaped identifier */
export const webhooks = (schema: string): string => `
CREATE TABLE ${schema}.delivery (
  id text PRIMARY KEY,
  -- The order of lists.
  number bigint GENERATED ALWAYS AS IDENTITY,
  tenant text NOT NULL,
  url text NOT NULL,
  job json NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  -- Milliseconds since 1970, by the clock of the writer.
  created_at bigint NOT NULL,
  next_at bigint,
  ended_at bigint,
  attempts integer NOT NULL DEFAULT 0,
  error text
);

CREATE INDEX delivery_of_tenant ON ${schema}.delivery (tenant, number);
CREATE INDEX delivery_due ON ${schema}.delivery (next_at) WHERE state = 'pending';
CREATE INDEX delivery_end ON ${schema}.delivery (ended_at) WHERE state <> 'pending';

-- The addresses of a job are among its facts.
CREATE FUNCTION ${schema}.add_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.delivery (id, tenant, url, job, state, created_at, next_at)
    SELECT 'msg_' || gen_random_uuid(), NEW.tenant, endpoint.url,
      json_build_object('id', NEW.id, 'state', NEW.state, 'createdAt', NEW.created_at, 'endedAt',
        coalesce(NEW.ended_at, NEW.changed_at), 'read', NEW.progress -> 'read', 'written', NEW.progress -> 'written',
        'error', NEW.error ->> 'code'),
      'pending', coalesce(NEW.ended_at, NEW.changed_at), coalesce(NEW.ended_at, NEW.changed_at)
    FROM jsonb_array_elements_text(NEW.facts -> 'webhooks') AS endpoint (url);
  RETURN NULL;
END
$$;

CREATE TRIGGER job_settled AFTER UPDATE OF state ON ${schema}.job
  FOR EACH ROW WHEN (OLD.state IN ('queued', 'running') AND NEW.state NOT IN ('queued', 'running')
    AND NEW.facts -> 'webhooks' IS NOT NULL)
  EXECUTE FUNCTION ${schema}.add_deliveries();
`;
