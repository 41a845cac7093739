/** Queries that the server cancels because of conflicts: reading resumes after the last row. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities } from '../../../src/index.js';
import { postgresEntities } from '../../../src/sources/postgres/postgres-entities.js';
import { postgresFailure } from '../../../src/sources/postgres/postgres-failure.js';
import type { PostgresEntitiesOptions } from '../../../src/sources/postgres/rows-options.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { catalogLines, makeTable, noSessions } from './table.js';

describe.skipIf(!POSTGRES)('a query that the server cancels', () => {
  let database: TestDatabase;
  const lines = catalogLines(2000);
  beforeAll(async () => {
    database = await makeDatabase();
    await makeTable(database, 'products', lines);
    // Rows come as they are found, in the order of the key.
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE "${name}" SET enable_seqscan TO off`);
    await database.query(`ALTER DATABASE "${name}" SET enable_sort TO off`);
    await database.query(`ALTER DATABASE "${name}" SET enable_bitmapscan TO off`);
    // Each session may read so many rows, and is then cancelled as a standby does.
    await database.query(`CREATE FUNCTION at_most(most int) RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
      DECLARE count int := coalesce(nullif(current_setting('test.count', true), ''), '0')::int + 1;
      BEGIN
        IF count > most THEN
          RAISE EXCEPTION 'canceling statement due to conflict with recovery' USING ERRCODE = '40001';
        END IF;
        PERFORM set_config('test.count', count::text, false);
        RETURN true;
      END $$`);
    await database.query('CREATE VIEW short_lived AS SELECT n, body FROM products WHERE at_most(300)');
    await database.query('CREATE VIEW dead AS SELECT n, body FROM products WHERE at_most(0)');
  });
  afterAll(() => database.drop());

  const source = (options: Partial<PostgresEntitiesOptions>) =>
    postgresEntities({ connection: database.url, ...options });

  async function textOf(options: Partial<PostgresEntitiesOptions>) {
    const stream = exportEntities({ source: source(options), format: 'ndjson' });
    let text = '';
    for await (const chunk of stream) text += chunk;
    return { text, receipt: await stream.receipt };
  }

  test('resumes after the last row, repeatedly, with a note in the receipt', async () => {
    const undisturbed = await textOf({ table: 'products' });
    const { text, receipt } = await textOf({ table: 'short_lived', key: ['n'] });
    expect(text).toBe(undisturbed.text);
    expect(receipt).toMatchObject({
      read: 2000,
      written: 2000,
      notes: [{ code: 'READ_AGAIN', counts: { conflicts: 6 } }],
    });
    await noSessions(database);
  });

  test('fails if no more rows come, with the remedy', async () => {
    await expect(textOf({ table: 'dead', key: ['n'] })).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringMatching(/hot_standby_feedback = on.*40001/),
    });
    await noSessions(database);
  });

  test('fails at once without a key to resume after', async () => {
    await expect(textOf({ table: 'short_lived' })).rejects.toMatchObject({ code: 'READ_FAILED' });
  });

  test('rejects a row without an entity if faulty ones are skipped, in every way of reading', async () => {
    await database.query('CREATE TABLE gaps (n int PRIMARY KEY, body jsonb)');
    await database.query(`INSERT INTO gaps VALUES (1, '{"id":"a"}'), (2, NULL), (3, '{"id":"c"}'), (4, '[]')`);
    for (const options of [{ table: 'gaps' }, { table: 'gaps', connections: 2 }, { query: 'SELECT body FROM gaps' }]) {
      const rejected: number[] = [];
      const stream = exportEntities({
        source: source(options),
        format: 'ndjson',
        onError: 'skip',
        onReject: ({ recordIndex, error }) => {
          expect(error.code).toBe('NOT_AN_ENTITY');
          rejected.push(recordIndex);
        },
      });
      let text = '';
      for await (const chunk of stream) text += chunk;
      expect(text).toBe('{"id": "a"}\n{"id": "c"}\n');
      expect(rejected).toStrictEqual([1, 3]);
      expect(await stream.receipt).toMatchObject({ read: 4, written: 2, rejected: 2 });
    }
  });
});

test('a lost connection, or a pool without a free one, is no invalid snapshot', () => {
  const refusal = (code: string) => Object.assign(new Error('refused'), { severity: 'FATAL', code });
  const causes = [new Error('Connection terminated unexpectedly'), refusal('08P01'), refusal('22023')];
  expect(causes.map((cause) => postgresFailure(cause, 'rows', 'begin').code)).toStrictEqual([
    'SERVICE_FAILED',
    'SERVICE_FAILED',
    'INVALID',
  ]);
});

test('mentions standbys only for a conflict with recovery', () => {
  const failure = (message: string) =>
    postgresFailure(Object.assign(new Error(message), { severity: 'ERROR', code: '40001' }), 'rows', 'read').message;
  expect(failure('canceling statement due to conflict with recovery')).toMatch(/hot_standby_feedback/);
  expect(failure('could not serialize access')).not.toMatch(/standby/);
});
