/** Wake-ups over a database with failures: they are reported, and crash nothing. */
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Dispatcher } from '../../../src/jobs/postgres/dispatcher.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';

describe.skipIf(!POSTGRES)('a dispatcher', () => {
  let database: TestDatabase;
  let pool: Pool;
  let dispatcher: Dispatcher;
  /** Statements that fail. */
  let fails: (text: string) => boolean;
  let onError: (cause: unknown) => void;

  beforeEach(async () => {
    database = await makeDatabase();
    pool = new Pool({ connectionString: database.url });
    // The server may end a connection while it is being closed.
    pool.on('error', () => {});
    fails = () => false;
    onError = () => {};
    dispatcher = await Dispatcher.open({
      executeSql: (text, values) => {
        if (fails(text)) return Promise.reject(new Error('the database is away'));
        return pool.query(text, values && [...values]);
      },
      schema: 'tickets',
      onError: (cause) => onError(cause),
    });
  });
  afterEach(async () => {
    fails = () => false;
    await dispatcher.close();
    await pool.end();
    await database.drop();
  });

  const failure = () =>
    new Promise<unknown>((resolve) => {
      onError = resolve;
    });

  test('survives a failed completion of a message, and receives the next one', async () => {
    let rings = 0;
    let rung: () => void = () => {};
    const failed = failure();
    fails = (text) => /state\s*=\s*'(completed|failed)'/.test(text);
    dispatcher.work(() => {
      rings++;
      rung();
    });
    await dispatcher.send('one');
    expect(await failed).toMatchObject({ message: 'the database is away' });
    expect(rings).toBe(1);
    fails = () => false;
    const again = new Promise<void>((resolve) => {
      rung = resolve;
    });
    await dispatcher.send('another');
    await again;
    expect(rings).toBeGreaterThan(1);
  });

  test('reports a message that cannot be sent, and does not reject', async () => {
    const failed = failure();
    fails = () => true;
    await dispatcher.send('one');
    expect(await failed).toBeInstanceOf(Error);
  });
});
