/** Entities from PostgreSQL: the bytes of their rows, in order, of one state, with any names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities } from '../../../src/export/run-export.js';
import { nextTurn } from '../../../src/loop/turn.js';
import { bytes } from '../../../src/sources/bytes.js';
import { postgresEntities } from '../../../src/sources/postgres/postgres-entities.js';
import type { PostgresEntitiesOptions } from '../../../src/sources/postgres/rows-options.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { exported, failureOf, outcomeOf } from '../outcome.js';
import { onlyInput, readAll } from '../read-all.js';
import { catalogLines, makeTable, noSessions } from './table.js';

/** The options of the rows; the database is the same for all. */
type RowsOf = Omit<PostgresEntitiesOptions, 'connection'>;

describe.skipIf(!POSTGRES)('a database', () => {
  let database: TestDatabase;
  const lines = catalogLines(3000);
  beforeAll(async () => {
    database = await makeDatabase();
    await makeTable(database, 'products', lines);
  });
  afterAll(() => database.drop());

  const source = (options: RowsOf) => postgresEntities({ connection: database.url, ...options });
  const textOf = async (options: RowsOf, size?: number) => (await readAll(source(options), size))[0][1];

  describe('the rows of a table', () => {
    const request = { types: ['product'], fields: { attributes: ['color'] } };

    test.each([
      ['all, complete', {}],
      ['some, projected', { request }],
      ['the first ones', { request: { ...request, maxRecords: 100 } }],
    ])('are exported as from a file of the same rows: %s', async (_what, options) => {
      const rows = await database.query('SELECT body::text FROM products ORDER BY n');
      const text = rows.map(({ body }) => `${body}\n`).join('');
      const fromText = await exported({ source: bytes(text), id: 'job', pack: 'zip', ...options });
      for (const connections of [1, 2, 3]) {
        const fromTable = await exported({
          source: source({ table: 'products', connections }),
          id: 'job',
          pack: 'zip',
          ...options,
        });
        expect(fromTable.error).toBeUndefined();
        expect(fromTable.output.equals(fromText.output)).toBe(true);
      }
    });

    test.each([1, 7, 1000, 65_536, 1_000_000])('are the same in reads of %s bytes', async (size) => {
      const query = 'SELECT n, body FROM products WHERE n <= 100';
      const rows = await database.query('SELECT body::text FROM products WHERE n <= 100 ORDER BY n');
      expect(await textOf({ query, key: ['n'] }, size)).toBe(rows.map(({ body }) => `${body}\n`).join(''));
    });

    test('may be larger than one read', async () => {
      const query = `SELECT n, jsonb_build_object('id', n, 'x', repeat('é\\', 300000 + n)) AS body FROM generate_series(1, 4) n`;
      const rows = await database.query(`SELECT body::text FROM (${query}) q ORDER BY n`);
      const expected = rows.map(({ body }) => `${body}\n`).join('');
      expect((await textOf({ query, key: ['n'] }, 100_000)) === expected).toBe(true);
    });

    test('may be none', async () => {
      await database.query('CREATE TABLE nothing (id int PRIMARY KEY, body jsonb)');
      for (const connections of [1, 2]) expect(await textOf({ table: 'nothing', connections })).toBe('');
    });
  });

  const ODD = [
    '{"z":1,"a":12345678901234567890,"z":1e400}',
    '{ "id" : "\\u0065\\ud83d\\ude00\\\\ \\" \\n" ,\n\t"n":[1.0, -0, 1E-400]}',
    '{"tab":"\\t","é":"😀\u2028"}',
  ];

  test('of json stay as they were inserted, except for newlines between values', async () => {
    await makeTable(database, 'odd', ODD, { type: 'json' });
    expect(await textOf({ table: 'odd' })).toBe(ODD.map((text) => `${text.replace('\n', ' ')}\n`).join(''));
  });

  test('of jsonb have the form of PostgreSQL', async () => {
    await makeTable(database, 'oddb', ODD);
    const rows = await database.query('SELECT body::text FROM oddb ORDER BY n');
    expect(await textOf({ table: 'oddb' })).toBe(rows.map(({ body }) => `${body}\n`).join(''));
  });

  test.each(['json', 'jsonb'])('are built from columns and a document of %s', async (type) => {
    await database.query(`CREATE TABLE parts_${type} (n int PRIMARY KEY, sku text, kind varchar, doc ${type})`);
    await database.query(
      `INSERT INTO parts_${type} VALUES
      (1, 'a"\\é', 'product', '{"x": 1.0, "y": {}}'), (2, 'b', NULL, '{}'), (3, NULL, 'sku', ' {  } '),
      (4, E'c\t', 'p', E'\n {\n "z" :\t[] }\n ')`,
    );
    const text = await textOf({ table: `parts_${type}`, id: 'sku', type: 'kind', document: 'doc' });
    const inner = type === 'json' ? '"z" :\t[]' : '"z": []';
    expect(text.split('\n')).toStrictEqual([
      '{"id":"a\\"\\\\é","type":"product","x": 1.0, "y": {}}',
      '{"id":"b","type":null}',
      '{"id":null,"type":"sku"}',
      `{"id":"c\\t","type":"p",${inner}}`,
      '',
    ]);
  });

  test.each(['[]', '"x"', 'null', '7'])('are refused with a document of %s', async (document) => {
    const query = `SELECT 7 AS id, '${document}'::json AS doc`;
    const { error } = await exported({ source: source({ query, id: 'id', document: 'doc', key: ['id'] }) });
    expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', message: expect.stringContaining('id = 7') });
  });

  test('may have hostile names', async () => {
    const schema = `"a'b.""c"`;
    await database.query(`CREATE SCHEMA ${schema}`);
    const table = `${schema}."; DROP TABLE products; --"`;
    await database.query(
      `CREATE TABLE ${table} ("k'ey" text, "K""ey\\" int, "n$1" jsonb, PRIMARY KEY ("k'ey", "K""ey\\"))`,
    );
    await database.query(`INSERT INTO ${table} VALUES ('it''s', 2, '{"id":"é\\\\"}'), (E'a\\\\''b', 1, '{}')`);
    for (const connections of [1, 2]) {
      const request = { types: ["x'; --", '\\'], name: "it's \\'", ids: ["\\'", 'é\\'] };
      const { output, error } = await exported({ source: source({ table, connections }), request, format: 'ndjson' });
      expect(error).toBeUndefined();
      expect(output.toString()).toBe('');
      expect((await textOf({ table, connections })).split('\n').sort()).toStrictEqual(['', '{"id": "é\\\\"}', '{}']);
    }
  });

  test('come from a query that may end in a comment or a semicolon, but is one statement', async () => {
    for (const query of ['SELECT body FROM products WHERE n = 1;', 'SELECT body FROM products WHERE n = 1 -- one']) {
      expect((await textOf({ query })).trimEnd().split('\n')).toHaveLength(1);
    }
    const two = exported({ source: source({ query: 'SELECT 1) AS x; DROP TABLE products; SELECT (1' }) });
    expect((await two).error).toMatchObject({ code: 'INVALID' });
    expect(await database.query('SELECT count(*)::int FROM products')).toStrictEqual([{ count: 3000 }]);
  });

  test('of tables that inherit from each other may have the same key, which is none then', async () => {
    await database.query(`CREATE TABLE parent (n int PRIMARY KEY, body jsonb);
      CREATE TABLE child () INHERITS (parent);
      INSERT INTO parent VALUES (1, '{"id":"a"}'), (2, '{"id":"b"}');
      INSERT INTO child VALUES (2, '{"id":"c"}'), (3, '{"id":"d"}')`);
    const input = await onlyInput(source({ table: 'parent' }));
    expect(input.resumable).toBeUndefined();
    await input.close();
    expect((await textOf({ table: 'parent' })).split('\n').sort().join('')).toBe(
      ['a', 'b', 'c', 'd'].map((id) => `{"id": "${id}"}`).join(''),
    );
    await expect(textOf({ table: 'parent', key: ['n'] })).rejects.toThrow('several rows have the key n = 2');
    expect(await textOf({ table: 'child', key: ['n'] })).toBe('{"id": "c"}\n{"id": "d"}\n');
  });

  test('are read without the time limits of the role, and with those of the connection', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'];
    for (const limit of limits) await database.query(`ALTER DATABASE "${name}" SET ${limit} TO '7s'`);
    const query = `SELECT json_build_array(${limits.map((limit) => `current_setting('${limit}')`).join(', ')}) AS body`;
    const connection = { connectionString: database.url, statement_timeout: 9000 };
    expect(await textOf({ query })).toBe('["0", "0"]\n');
    expect((await readAll(postgresEntities({ connection, query })))[0][1]).toBe('["9s", "0"]\n');
    for (const limit of limits) await database.query(`ALTER DATABASE "${name}" RESET ${limit}`);
  });

  test('have the order of the query without a key, and cannot be resumed', async () => {
    const query = 'SELECT body FROM products ORDER BY n DESC LIMIT 3';
    const rows = await database.query('SELECT body::text FROM products ORDER BY n DESC LIMIT 3');
    expect(await textOf({ query })).toBe(rows.map(({ body }) => `${body}\n`).join(''));
    const input = await onlyInput(source({ query }));
    expect(input.resumable).toBeUndefined();
    await input.close();
  });

  describe('one state of the database', () => {
    /** Changes rows before, at and after every position. */
    async function disturb(table: string): Promise<void> {
      await database.query(`DELETE FROM ${table} WHERE n % 3 = 0`);
      await database.query(`UPDATE ${table} SET body = '{"id":"changed"}' WHERE n % 3 = 1`);
      await database.query(`INSERT INTO ${table} SELECT 10000 + n, '{"id":"new"}' FROM generate_series(1, 500) n`);
    }

    test.each([1, 2])('is what %s connections see, whatever other sessions change', async (connections) => {
      const table = `moving${connections}`;
      await makeTable(database, table, catalogLines(8000));
      const before = await textOf({ table });
      const input = await onlyInput(source({ table, connections }));
      const into = Buffer.alloc(100_000);
      const chunks: Buffer[] = [];
      for (let length = await input.read(into); length > 0; length = await input.read(into)) {
        if (chunks.length === 0) await disturb(table);
        chunks.push(Buffer.from(into.subarray(0, length)));
      }
      await input.close();
      expect(Buffer.concat(chunks).toString() === before).toBe(true);
      expect(await textOf({ table })).not.toBe(before);
    });

    test('may be the snapshot of another transaction', async () => {
      await makeTable(database, 'exported', lines.slice(0, 10));
      await database.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const [{ snapshot }] = await database.query('SELECT pg_export_snapshot() AS snapshot');
      const other = source({ query: 'SELECT count(*) AS n, to_json(1) AS body FROM exported' });
      await readAll(other);
      const options = { table: 'exported', snapshot: String(snapshot) };
      await database.query('DELETE FROM exported WHERE n > 3');
      // The deletion is not even committed; the snapshot decides for all.
      for (const connections of [1, 2]) {
        expect((await textOf({ ...options, connections })).split('\n')).toHaveLength(11);
      }
      await database.query('COMMIT');
      expect((await textOf({ table: 'exported' })).split('\n')).toHaveLength(4);
      expect(await failureOf(textOf(options))).toMatchObject({ code: 'INVALID', stage: 'read' });
    });
  });

  describe('reading that ends early', () => {
    // Unlike one after FROM, a series among the columns is not complete before its first row is sent.
    const endless = { query: 'SELECT json_build_object($$id$$, generate_series(1, 1000000000)) AS body' };
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

    test.each([
      ['a limit that PostgreSQL does not know of', { request: { maxRecords: 5 }, onError: 'skip' }],
      ['ids that were found', { request: { ids: ['3', '100000'] } }],
    ] as const)('leaves no session: %s', async (_what, options) => {
      const before = sockets();
      const { receipt, error } = await exported({ source: source(endless), format: 'ndjson', ...options });
      expect(error).toBeUndefined();
      expect(receipt?.written).toBeGreaterThan(1);
      await noSessions(database);
      expect(sockets()).toBe(before);
    });

    test.each([1, 2])('leaves no session: a consumer that stops, %s connections', async (connections) => {
      const before = sockets();
      const stream = exportEntities({ source: source({ table: 'products', connections }), format: 'ndjson' });
      for await (const _ of stream) break;
      expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
      await noSessions(database);
      expect(sockets()).toBe(before);
    });

    test.each([
      ['a query that has no rows yet', 'SELECT 1 AS id, to_json(1) AS body FROM pg_sleep(600)'],
      ['a query under way', endless.query],
    ])('leaves no session: the caller aborts during %s', async (_what, query) => {
      const controller = new AbortController();
      const stream = exportEntities({ source: source({ query }), signal: controller.signal, format: 'ndjson' });
      const outcome = outcomeOf(stream);
      // It runs when its session is visible.
      const running = "SELECT pid FROM pg_stat_activity WHERE application_name = 'sluice' AND query LIKE 'COPY%'";
      while ((await database.query(running)).length === 0);
      controller.abort();
      expect((await outcome).error).toMatchObject({ code: 'ABORTED' });
      await noSessions(database);
    });
  });

  describe('failures of the server', () => {
    test('arrive after the entities before them', async () => {
      const query = `SELECT jsonb_build_object('id', n, 'x', 1000 / (20000 - n)) AS body FROM generate_series(1, 30000) n`;
      const { output, error } = await exported({ source: source({ query }), format: 'ndjson' });
      expect(error).toMatchObject({
        code: 'READ_FAILED',
        message: expect.stringContaining('division by zero (22012)'),
      });
      expect(output.toString().split('\n')).toHaveLength(20_000);
    });

    test('are reported when the server ends the session', async () => {
      const input = await onlyInput(source({ query: 'SELECT to_json(generate_series(1, 1000000000)) AS body' }));
      const into = Buffer.alloc(10_000);
      await input.read(into);
      await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'sluice' AND datname = current_database()`);
      const toTheEnd = (async () => {
        while ((await input.read(into)) > 0);
      })();
      expect(await failureOf(toTheEnd)).toMatchObject({ code: 'READ_FAILED' });
      await input.close();
    });

    test.each([1, 2])('say why a session ended between two queries, with %s connections', async (connections) => {
      const input = await onlyInput(source({ table: 'products', connections }));
      await database.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE application_name = 'sluice' AND datname = current_database()`);
      await nextTurn();
      expect(await failureOf(input.read(Buffer.alloc(1000)))).toMatchObject({
        code: 'READ_FAILED',
        message: expect.stringContaining('terminating connection due to administrator command (57P01)'),
      });
      await input.close();
    });

    test('name an entity that is NULL by its key', async () => {
      const query = "SELECT n, CASE WHEN n <> 2 THEN to_json('{}'::json) END AS body FROM generate_series(1, 3) n";
      const { output, error } = await exported({ source: source({ query, key: ['n'] }), format: 'ndjson' });
      expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', message: expect.stringContaining('n = 2') });
      expect(output.toString()).toBe('{}\n');
    });

    test.each([
      ['among few rows', 'NULLIF(n, 7)', ['k'], 300],
      ['among many rows', 'NULLIF(n, 7)', ['k'], 3000],
      ['in a further column', 'NULLIF(n % 2, 0)', ['n', 'k'], 3000],
      ['in the first of two columns', 'NULLIF(n % 50, 7)', ['k', 'n'], 3000],
    ])(
      'name a key that is NULL, %s, also to several connections and after another key',
      async (_where, k, key, rows) => {
        const query = `SELECT n, ${k} AS k, '{}'::json AS body FROM generate_series(1, ${rows}) n`;
        await database.query(`DROP TABLE IF EXISTS gaps; CREATE TABLE gaps AS ${query}`);
        const failure = { code: 'READ_FAILED', message: expect.stringContaining('k is NULL') };
        for (const of of [{ table: 'gaps' }, { query }]) {
          for (const connections of 'table' in of ? [1, 3] : [1]) {
            const { error } = await exported({ source: source({ ...of, key, connections }), format: 'ndjson' });
            expect(error).toMatchObject(failure);
          }
          const input = await onlyInput(source({ ...of, key }));
          await input.resumable?.seek(
            0,
            key.map(() => '20'),
            'lines',
          );
          const into = Buffer.alloc(100_000);
          const toTheEnd = (async () => {
            while ((await input.read(into)) > 0);
          })();
          expect(await failureOf(toTheEnd)).toMatchObject(failure);
          await input.close();
        }
      },
    );

    test('name a key that several rows have, also to one who resumes after the first of them', async () => {
      const rows = "SELECT n / 2 AS k, jsonb_build_object('id', n) AS body FROM generate_series(2, 41) n";
      await database.query(`DROP TABLE IF EXISTS pairs; CREATE TABLE pairs AS ${rows}`);
      const failure = { code: 'READ_FAILED', message: expect.stringContaining('several rows have the key k = ') };
      for (const of of [{ table: 'pairs' }, { query: rows }]) {
        for (const connections of 'table' in of ? [1, 3] : [1]) {
          const { error } = await exported({ source: source({ ...of, key: ['k'], connections }), format: 'ndjson' });
          expect(error).toMatchObject(failure);
          const input = await onlyInput(source({ ...of, key: ['k'], connections }));
          await input.resumable?.seek(0, ['20'], 'lines');
          expect(await failureOf(input.read(Buffer.alloc(100_000)))).toMatchObject(failure);
          await input.close();
        }
      }
    });

    test.each<[string, RowsOf, string, string]>([
      ['no such table', { table: 'Missing' }, 'NOT_FOUND', 'Missing'],
      ['an invalid name of a table', { table: 'a.b.c.d' }, 'INVALID', 'a.b.c.d'],
      ['no column of JSON', { query: 'SELECT 1 AS n' }, 'INVALID', 'no column is json'],
      ['several columns of JSON', { query: "SELECT '1'::json AS a, '2'::jsonb AS b" }, 'INVALID', 'several columns'],
      ['no such column', { table: 'products', entity: 'Body' }, 'INVALID', '"n", "body"'],
      ['a column of another type', { table: 'products', entity: 'n' }, 'INVALID', 'is not json or jsonb'],
      ['no such key', { table: 'products', key: ['id'] }, 'INVALID', 'key'],
      ['a key without an order', { table: 'products', key: ['body'], entity: 'body' }, '', ''],
      [
        'a key that is not unique',
        { query: 'SELECT 1 AS n, to_json(1) AS b FROM generate_series(1, 2)', key: ['n'] },
        'READ_FAILED',
        'n = 1',
      ],
      [
        'a key that is NULL',
        { query: 'SELECT NULL::int AS n, to_json(1) AS b', key: ['n'] },
        'READ_FAILED',
        'n is NULL',
      ],
      ['a statement that is no query', { query: 'DELETE FROM products' }, 'INVALID', 'syntax error'],
      ['an invalid query', { query: 'SELECT nope FROM products' }, 'INVALID', 'at character 8 of the query'],
      ['a query that writes', { query: "SELECT to_json(nextval('s')) AS b" }, 'READ_FAILED', 'read-only'],
      ['no such snapshot', { table: 'products', snapshot: "no'thing" }, 'INVALID', 'snapshot'],
    ])('%s', async (_what, options, code, words) => {
      await database.query('CREATE SEQUENCE IF NOT EXISTS s');
      const { error } = await exported({ source: source(options), format: 'ndjson' });
      if (code === '') expect(error).toBeUndefined();
      else expect(error).toMatchObject({ code, stage: 'read', message: expect.stringContaining(words) });
    });

    test('include missing permissions', async () => {
      await database.query('CREATE ROLE nobody_reads LOGIN; CREATE TABLE secret (id int PRIMARY KEY, body json)');
      const url = new URL(database.url);
      url.username = 'nobody_reads';
      const { error } = await exported({ source: postgresEntities({ connection: url.href, table: 'secret' }) });
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
      await database.query('DROP ROLE nobody_reads');
    });

    test.each([
      ['a closed port', { port: '1' }],
      ['a missing database', { pathname: '/none' }],
      ['a missing user', { username: 'none' }],
    ])('%s is reported without the password', async (_what, change) => {
      const url = new URL(database.url);
      Object.assign(url, { password: 'hush-hush', ...change });
      const { error } = await exported({ source: postgresEntities({ connection: url.href, table: 'products' }) });
      expect(error).toMatchObject({ code: 'SERVICE_FAILED', stage: 'read' });
      expect(`${error?.message} ${JSON.stringify(error)} ${error?.cause}`).not.toContain('hush');
    });
  });

  test('explains the statement, and which part of the selection PostgreSQL evaluates', async () => {
    const request = { types: ['product'], maxRecords: 5, criteria: { attributes: [{ color: { exact: 'red' } }] } };
    const { plan } = exportEntities({ source: source({ table: 'products' }), request });
    const explained = (await source({ table: 'products' }).narrow?.(plan).explain?.())?.join('\n');
    for (const words of [
      '/',
      'products, in the order of n',
      'COPY (SELECT',
      'Sent with the query: type product',
      'criteria',
      'the first 5',
    ]) {
      expect(explained).toContain(words);
    }
    expect((await source({ query: 'SELECT body FROM products' }).explain?.())?.join('\n')).toContain('without a key');
    await noSessions(database);
  });
});

test.each<[string, object, string]>([
  ['no connection', {}, 'connection'],
  ['neither a table nor a query', { connection: 'postgres://x' }, 'table'],
  ['a table and a query', { connection: 'postgres://x', table: 'a', query: 'b' }, 'table'],
  ['a document without an id', { connection: 'postgres://x', table: 'a', document: 'd' }, 'id'],
  ['a document and an entity', { connection: 'postgres://x', table: 'a', document: 'd', entity: 'e' }, 'document'],
  ['a key of no columns', { connection: 'postgres://x', table: 'a', key: [] }, 'key'],
  ['no connections', { connection: 'postgres://x', table: 'a', connections: 0 }, 'connections'],
  ['several connections for a query', { connection: 'postgres://x', query: 'a', connections: 2 }, 'connections'],
  ['a table that is not a string', { connection: 'postgres://x', table: 5 }, 'table'],
])('refuses options with %s at once', (_what, options, path) => {
  const refused = () => postgresEntities(options as PostgresEntitiesOptions);
  expect(refused).toThrowError(expect.objectContaining({ code: 'INVALID', path }));
});

test('refuses an invalid address without showing its password', async () => {
  const { error } = await exported({
    source: postgresEntities({ connection: 'postgres://u:hush@h:port/x', table: 'a' }),
  });
  expect(error).toMatchObject({ code: 'INVALID', path: 'connection' });
  expect(error?.message).not.toContain('hush');
  expect(error?.cause).toBeUndefined();
});
