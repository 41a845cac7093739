/** Migration 10: what has happened to jobs, noted by whatever changes them. */

/** Attempts whose events are kept, and the shortest time between samples, as in `job-history.ts`. */
const [MOST_ATTEMPTS, SHORTEST_MS, SHORTEST_PART] = [500, 1000, 100];

/** @param schema an escaped identifier */
export const histories = (schema: string): string => `
CREATE TABLE ${schema}.job_event (
  job text NOT NULL REFERENCES ${schema}.job (id) ON DELETE CASCADE,
  number bigint GENERATED ALWAYS AS IDENTITY,
  -- Milliseconds since 1970, by the clock of the writer.
  at bigint NOT NULL,
  kind text NOT NULL,
  attempt integer NOT NULL,
  state text,
  error json,
  PRIMARY KEY (job, number)
);

CREATE TABLE ${schema}.job_sample (
  job text NOT NULL REFERENCES ${schema}.job (id) ON DELETE CASCADE,
  number bigint GENERATED ALWAYS AS IDENTITY,
  at bigint NOT NULL,
  attempt integer NOT NULL,
  read bigint NOT NULL,
  written bigint NOT NULL,
  bytes_in bigint NOT NULL,
  PRIMARY KEY (job, number)
);

CREATE FUNCTION ${schema}.note_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_at bigint;
BEGIN
  IF NEW.epoch > ${MOST_ATTEMPTS} THEN RETURN NULL; END IF;
  IF NEW.state = 'running' AND OLD.state <> 'running' THEN
    INSERT INTO ${schema}.job_event (job, at, kind, attempt) VALUES (NEW.id, NEW.changed_at, 'started', NEW.epoch);
  ELSIF OLD.state = 'running' AND NEW.lost > OLD.lost THEN
    INSERT INTO ${schema}.job_event (job, at, kind, attempt) VALUES (NEW.id, NEW.changed_at, 'lost', NEW.epoch);
  ELSIF OLD.state = 'running' AND NEW.state = 'queued' THEN
    INSERT INTO ${schema}.job_event (job, at, kind, attempt, error)
      VALUES (NEW.id, NEW.changed_at, CASE WHEN NEW.failures > OLD.failures THEN 'retried' ELSE 'requeued' END, NEW.epoch,
        CASE WHEN NEW.failures > OLD.failures THEN NEW.error END);
  END IF;
  IF OLD.state IN ('queued', 'running') AND NEW.state NOT IN ('queued', 'running') THEN
    INSERT INTO ${schema}.job_event (job, at, kind, attempt, state, error)
      VALUES (NEW.id, NEW.changed_at, 'ended', NEW.epoch, NEW.state, CASE WHEN NEW.state = 'failed' THEN NEW.error END);
  ELSIF NEW.state = 'expired' AND OLD.state <> 'expired' THEN
    INSERT INTO ${schema}.job_event (job, at, kind, attempt) VALUES (NEW.id, NEW.changed_at, 'expired', NEW.epoch);
  END IF;
  IF NEW.state <> 'running' AND OLD.state <> 'running' THEN RETURN NULL; END IF;
  IF NEW.state = OLD.state THEN
    SELECT at INTO last_at FROM ${schema}.job_sample WHERE job = NEW.id ORDER BY number DESC LIMIT 1;
    IF NEW.changed_at - last_at < greatest(${SHORTEST_MS}, (NEW.changed_at - NEW.started_at) / ${SHORTEST_PART}) THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO ${schema}.job_sample (job, at, attempt, read, written, bytes_in)
    VALUES (NEW.id, NEW.changed_at, NEW.epoch, (NEW.progress ->> 'read')::bigint, (NEW.progress ->> 'written')::bigint,
      (NEW.progress ->> 'bytesIn')::bigint);
  RETURN NULL;
END
$$;

CREATE TRIGGER job_noted AFTER UPDATE OF version ON ${schema}.job
  FOR EACH ROW EXECUTE FUNCTION ${schema}.note_history();
`;
