/** The sessions of an engine, through a pooler and in a database with settings of its own. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../../src/jobs/postgres/database.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';

/** The parameters of a connection that PgBouncer takes. */
const TAKEN = ['user', 'database', 'application_name', 'client_encoding', 'DateStyle', 'TimeZone'];

/** A pooler that has a session for each connection, and refuses what PgBouncer refuses. */
async function openPooler(url: string): Promise<{ readonly url: string; close(): void }> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const server: Server = createServer((client) => {
    sockets.push(client);
    client.on('error', () => {});
    client.once('data', (startup) => {
      // Names and values in turn, after the length and the version.
      const names = startup
        .toString('utf8', 8)
        .split('\0')
        .filter((name, index) => index % 2 === 0 && name !== '');
      if (!names.every((name) => TAKEN.includes(name))) {
        client.destroy();
        return;
      }
      const upstream = connect(Number(port), hostname);
      sockets.push(upstream);
      upstream.on('error', () => {});
      upstream.write(startup);
      client.pipe(upstream).pipe(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = new URL(url);
  const bound = server.address();
  address.port = `${typeof bound === 'object' ? bound?.port : ''}`;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: address.href, close };
}

describe.skipIf(!POSTGRES)('a database of jobs', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await database.query(`ALTER DATABASE "${name}" SET default_transaction_isolation TO 'serializable'`);
  });
  afterAll(() => database.drop());

  test('may be reached through a pooler of sessions, and have any isolation by default', async () => {
    const pooler = await openPooler(database.url);
    const opened = new Database({ driver: pg, config: { connectionString: pooler.url }, urgentMs: 1000 });
    const ask = "SELECT current_setting('lock_timeout') AS lock, current_setting('transaction_isolation') AS isolation";
    expect(await opened.run(ask, [])).toStrictEqual([{ lock: '4s', isolation: 'read committed' }]);
    expect(await opened.runUrgently(ask, [])).toStrictEqual([{ lock: '800ms', isolation: 'read committed' }]);
    await opened.close();
    pooler.close();
  });
});
