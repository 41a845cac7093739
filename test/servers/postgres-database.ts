/** For tests: a separate database, in the server of this run. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

/** The server; undefined without one, for `describe.skipIf(!POSTGRES)`. */
export const POSTGRES: string | undefined = inject('postgres') ?? undefined;

/** A database of one test, or of the tests of one file. */
export interface TestDatabase {
  readonly url: string;
  /** Runs statements, and returns the rows of the last one. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** Drops it, even with open connections. */
  drop(): Promise<void>;
}

/** Creates an empty database. */
export async function makeDatabase(): Promise<TestDatabase> {
  if (POSTGRES === undefined) throw new Error('there is no PostgreSQL; skip what needs it');
  const name = `sluice_${randomUUID().replaceAll('-', '')}`;
  const server = new Client({ connectionString: POSTGRES });
  await server.connect();
  await server.query(`CREATE DATABASE ${name}`);
  const url = new URL(POSTGRES);
  url.pathname = `/${name}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return {
    url: url.href,
    async query(sql, values) {
      const result = await client.query(sql, values === undefined ? undefined : [...values]);
      return result.rows;
    },
    async drop() {
      await client.end();
      await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await server.end();
    },
  };
}
