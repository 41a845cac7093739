/** An export from PostgreSQL that is interrupted and resumed has the bytes of an uninterrupted one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../../../src/export/export-checkpoint.js';
import { exportSlices } from '../../../src/export/export-slices.js';
import { planExport } from '../../../src/export/plan-export.js';
import { postgresEntities } from '../../../src/sources/postgres/postgres-entities.js';
import type { Source } from '../../../src/sources/source.js';
import type { ExportPlan } from '../../../src/terms/plan.js';
import type { Receipt } from '../../../src/terms/receipt.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { failureOf } from '../outcome.js';
import { catalogLines, makeTable, noSessions } from './table.js';

/** One attempt: its output, after the output of the earlier ones. */
interface Made {
  readonly output: Buffer;
  readonly checkpoint?: ExportCheckpoint;
  readonly receipt?: Receipt;
}

const NOTHING: Made = { output: Buffer.alloc(0) };

async function attempt(source: Source, plan: ExportPlan, before: Made, checkpoints: number): Promise<Made> {
  const { events, receipt } = exportSlices({
    source,
    plan,
    endsSlice: () => true,
    signal: new AbortController().signal,
    ...(before.checkpoint
      ? { from: { checkpoint: decodeCheckpoint(encodeCheckpoint(before.checkpoint)), output: once(before.output) } }
      : {}),
  });
  const output = [before.output];
  let left = checkpoints;
  for await (const event of events) {
    if (event.kind === 'bytes') output.push(Buffer.from(event.bytes));
    else if (--left === 0) return { output: Buffer.concat(output), checkpoint: event.checkpoint };
  }
  return { output: Buffer.concat(output), receipt: await receipt };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Interrupts it every so many checkpoints, until it is done. */
async function cutEvery(source: () => Source, plan: ExportPlan, checkpoints: number): Promise<Made & { cuts: number }> {
  let made = NOTHING;
  for (let cuts = 0; ; cuts++) {
    made = await attempt(source(), plan, made, checkpoints);
    if (made.receipt) return { ...made, cuts };
    if (cuts > 500) throw new Error('it does not end');
  }
}

const ALL = Number.POSITIVE_INFINITY;

/** Keys of many types: the columns, and their values over `n`. */
const KEYS = {
  bigint: ['k bigint PRIMARY KEY', '(n * 7919) % 10007 - 5000'],
  numeric: ['k numeric PRIMARY KEY', '(n - 1000) / 7.0'],
  double: ['k float8 PRIMARY KEY', '(n - 1000) / 7.0::float8'],
  uuid: ['k uuid PRIMARY KEY', 'md5(n::text)::uuid'],
  timestamptz: [
    'k timestamptz PRIMARY KEY',
    "'1883-11-18 12:00:00+00'::timestamptz + n * interval '1 day 00:00:00.000001'",
  ],
  bytea: ['k bytea PRIMARY KEY', "decode(md5(n::text), 'hex')"],
  text: ['k text PRIMARY KEY', "chr(32 + (n * 31 % 90)::int) || chr(228 + (n % 20)::int) || n || E'\\\\\\t''\"'"],
  'text of another collation': [
    'k text COLLATE "en-x-icu" PRIMARY KEY',
    "chr(65 + (n * 31 % 58)::int) || chr(228 + (n % 20)::int) || '-' || n",
  ],
  'text of no collation': ['k text COLLATE "C" PRIMARY KEY', 'chr(65 + (n * 31 % 58)::int) || n'],
  'char(9)': ['k char(9) PRIMARY KEY', 'chr(65 + (n * 31 % 26)::int) || n'],
  enumeration: ['k color, n bigint, PRIMARY KEY (k, n)', "(ARRAY['red', 'blue', 'amber'])[1 + n % 3]::color, n"],
  composite: [
    'a text, b int, c date, PRIMARY KEY (b, a, c)',
    "'a' || n % 7, (n % 5 - 2)::int, date '2024-01-01' + n::int",
  ],
} as const;

describe.skipIf(!POSTGRES)('an export resumes', () => {
  let database: TestDatabase;
  const lines = catalogLines(1000);
  beforeAll(async () => {
    database = await makeDatabase();
    await database.query("CREATE TYPE color AS ENUM ('red', 'blue', 'amber')");
    const name = new URL(database.url).pathname.slice(1);
    // Some time zones have offsets of half an hour: a key must mean the same in any of them.
    await database.query(`ALTER DATABASE "${name}" SET TimeZone TO 'Asia/Kolkata'`);
    await database.query(`ALTER DATABASE "${name}" SET extra_float_digits TO 0`);
    await makeTable(database, 'products', lines);
  });
  afterAll(() => database.drop());

  const source = (table: string, connections = 1) =>
    postgresEntities({ connection: database.url, table, connections, entity: 'body' });

  test.each(Object.entries(KEYS))('after keys of %s', async (kind, [columns, values]) => {
    const table = `"keyed ${kind}"`;
    await makeTable(database, table, lines, { columns, values });
    const plan = planExport({ id: 'job', pack: 'zip', request: { types: ['product', 'sku'] } });
    const undisturbed = await attempt(source(table), plan, NOTHING, ALL);
    for (const connections of [1, 2]) {
      const { cuts, output, receipt } = await cutEvery(() => source(table, connections), plan, 1);
      expect(cuts).toBeGreaterThan(3);
      expect(output.equals(undisturbed.output)).toBe(true);
      expect(receipt).toMatchObject({ read: undisturbed.receipt?.read, written: undisturbed.receipt?.written });
    }
    await noSessions(database);
  });

  test.each([
    ['a limit', { request: { types: ['product'], maxRecords: 200 } }],
    ['files of some records', { batchSize: 50, manifest: true }],
    ['ids', { request: { ids: ['e0000003', 'e0000500', 'e0000750'] } }],
    ['plain lines', { pack: 'none', format: 'ndjson' }],
  ] as const)('as %s', async (_what, options) => {
    const plan = planExport({ id: 'job', pack: 'zip', ...options });
    const undisturbed = await attempt(source('products'), plan, NOTHING, ALL);
    for (const every of [1, 2, 3]) {
      const { output, receipt } = await cutEvery(() => source('products'), plan, every);
      expect(output.equals(undisturbed.output)).toBe(true);
      expect(receipt?.written).toBe(undisturbed.receipt?.written);
    }
  });

  test('from a query, by the given key', async () => {
    const query = 'SELECT n % 50 AS tens, n AS ones, body FROM products';
    const ordered = () => postgresEntities({ connection: database.url, query, key: ['tens', 'ones'] });
    const plan = planExport({ id: 'job', pack: 'gzip' });
    const undisturbed = await attempt(ordered(), plan, NOTHING, ALL);
    const { cuts, output } = await cutEvery(ordered, plan, 1);
    expect(cuts).toBeGreaterThan(3);
    expect(output.equals(undisturbed.output)).toBe(true);
  });

  test('without doubled rows, and without losing rows that existed all the time', async () => {
    await makeTable(
      database,
      'moving',
      lines.map((_, index) => JSON.stringify({ id: `${index + 1}`, x: 'x'.repeat(1000) })),
    );
    const plan = planExport({ id: 'job', pack: 'none', format: 'ndjson' });
    let made = NOTHING;
    for (let round = 0; !made.receipt; round++) {
      made = await attempt(source('moving'), plan, made, 1);
      await database.query(`DELETE FROM moving WHERE n % 10 = 0 AND n / 10 % 10 = ${round % 10}`);
      await database.query(
        `INSERT INTO moving VALUES (${5000 - round}, '{"id":"new"}'), (${-round - 1}, '{"id":"old"}')`,
      );
    }
    const ids = made.output
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    const kept = ids.filter((id) => Number(id) % 10 > 0);
    expect(kept).toStrictEqual(lines.map((_, index) => `${index + 1}`).filter((id) => Number(id) % 10 > 0));
    const others = ids.filter((id) => id !== 'new');
    expect(new Set(others).size).toBe(others.length);
    expect(ids).not.toContain('old');
  });

  test('but not if something else is read', async () => {
    const plan = planExport({ id: 'job', pack: 'zip' });
    const made = await attempt(source('products'), plan, NOTHING, 2);
    const others = [
      postgresEntities({ connection: database.url, query: 'SELECT * FROM products', key: ['n'] }),
      postgresEntities({ connection: database.url, query: 'SELECT n, body FROM products' }),
      postgresEntities({ connection: database.url, table: 'products', id: 'n', document: 'body' }),
    ];
    for (const other of others) {
      expect(await failureOf(attempt(other, plan, made, 1))).toMatchObject({ code: 'PLAN_CHANGED' });
    }
    await noSessions(database);
  });
});
