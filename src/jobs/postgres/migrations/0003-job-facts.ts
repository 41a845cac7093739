/** Migration 3: what is known of a job from its submission, for searches. */

/** @param schema an escaped identifier */
export const jobFacts = (schema: string): string => `
-- The members of JobFacts, and under "searched" the same in lower case; null in jobs of an earlier version.
ALTER TABLE ${schema}.job ADD COLUMN facts jsonb;

UPDATE ${schema}.job
  SET facts = jsonb_build_object('profileName', request #>> '{params,rsconnect,profiles,0}', 'searched',
    jsonb_build_object('profileName', lower(request #>> '{params,rsconnect,profiles,0}')))
  WHERE request #>> '{params,rsconnect,profiles,0}' IS NOT NULL;

-- As the one before it, with the facts; processes of an earlier version still call that.
CREATE FUNCTION ${schema}.submit_job(
  new_id text, new_tenant text, new_key text, new_request json, new_progress jsonb, now_ms bigint, most_queued integer,
  new_facts jsonb
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
      progress, files, facts)
    VALUES (new_id, new_tenant, new_key, new_request, octet_length(new_request::text), 'queued', 1, 0, 0, now_ms, now_ms,
      new_progress, '[]', new_facts)
    RETURNING *;
END
$$;
`;
