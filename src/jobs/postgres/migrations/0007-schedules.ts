/** Migration 7: schedules. */

/** @param schema an escaped identifier */
export const schedules = (schema: string): string => `
CREATE TABLE ${schema}.schedule (
  id text PRIMARY KEY,
  -- The order of lists.
  number bigint GENERATED ALWAYS AS IDENTITY,
  tenant text NOT NULL,
  schedule json NOT NULL,
  request json NOT NULL,
  -- Milliseconds since 1970, by the clock of the writer.
  due_at bigint NOT NULL,
  -- When it can be claimed: later than it is due while it is claimed.
  turn_at bigint NOT NULL
);

CREATE INDEX schedule_of_tenant ON ${schema}.schedule (tenant, number);
CREATE INDEX schedule_turn ON ${schema}.schedule (turn_at);
`;
