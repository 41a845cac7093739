/** For tests: tables of entities, and exports from them. */
import { catalog } from '../../../src/generate/catalog.js';
import type { Source } from '../../../src/sources/source.js';
import type { TestDatabase } from '../../servers/postgres-database.js';

/** The lines of a generated catalog. */
export function catalogLines(entities: number, seed = 5): readonly string[] {
  return catalog({ seed, entities, form: 'lines', entityBytes: 1400 }).bytes.toString().trimEnd().split('\n');
}

/**
 * Makes a table of JSON texts.
 * @param columns after `n` (from 1) and `body`: `id text PRIMARY KEY`
 * @param values their values by SQL over `n` and `body`
 */
export async function makeTable(
  database: TestDatabase,
  name: string,
  texts: readonly string[],
  { type = 'jsonb', columns = 'n bigint PRIMARY KEY', values = 'n' } = {},
): Promise<void> {
  await database.query(`CREATE TABLE ${name} (${columns}, body ${type})`);
  const rows = 'SELECT n, body::text::json AS body FROM unnest($1::text[]) WITH ORDINALITY AS given(body, n)';
  await database.query(`INSERT INTO ${name} SELECT ${values}, body FROM (${rows}) AS rows`, [texts]);
}

/** The source without the selection of an export. */
export function whole(source: Source): Source {
  return { inputs: (signal) => source.inputs(signal) };
}

/** Waits until the server has no session of sluice. */
export async function noSessions(database: TestDatabase): Promise<void> {
  const open =
    "SELECT pid, pg_sleep(0.01) FROM pg_stat_activity WHERE application_name = 'sluice' AND datname = current_database()";
  while ((await database.query(open)).length > 0);
}
