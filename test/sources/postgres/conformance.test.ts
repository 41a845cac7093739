/** The suite of sources passes for tables and queries of PostgreSQL. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresEntities } from '../../../src/sources/postgres/postgres-entities.js';
import { sourceCases } from '../../../src/testing.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { makeTable } from './table.js';

const IDS = ['1', '2', '3', '4'];

describe.skipIf(!POSTGRES)('a source: PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    const texts = IDS.map((id) => JSON.stringify({ id, type: 'x' }));
    await makeTable(database, 'entities', texts);
  });
  afterAll(() => database.drop());

  describe.each([
    ['a table', { table: 'entities' }],
    ['a query with a key', { query: 'SELECT n, body FROM entities', key: ['n'] }],
    ['a query', { query: 'SELECT body FROM entities ORDER BY n' }],
  ])('%s', (_, options) => {
    for (const { name, run } of sourceCases({
      open: () => postgresEntities({ connection: database.url, ...options }),
      ids: IDS,
    }))
      test(name, run);
  });
});
