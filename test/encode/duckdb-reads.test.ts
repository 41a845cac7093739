/** DuckDB reads tables of fields: the same rows, sums and columns. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import type { DsvSettings } from '../../src/terms/profile.js';

const STORES = resolve(fileURLToPath(new URL('../..', import.meta.url)), '../shared/data/stores.json');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-table-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first row of a query, as text. */
async function query(sql: string): Promise<Readonly<Record<string, unknown>>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    return row;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function written(source: Parameters<typeof exportEntities>[0]['source'], dsv: DsvSettings): Promise<string> {
  const path = join(folder, `table-${Math.random()}.csv`);
  await exportEntities({ source, format: 'dsv', dsv }).toFile(path);
  return path;
}

test('rows, sums, nulls and texts of generated entities are the same', async () => {
  const all = Array.from({ length: 3000 }, (_, at) => ({
    id: at,
    price: { amount: at / 4, currency: at % 2 === 0 ? 'EUR' : null },
    text: ['plain', 'with, comma', 'with "quotes"', 'two\nlines', '', '=a', '12345678901234567890'][at % 7],
    ...(at % 3 === 0 ? { extra: at } : {}),
  }));
  const source = bytes(all.map((entity) => `${JSON.stringify(entity)}\n`));
  const path = await written(source, { nullText: '\\N', guardFormulas: false });
  const found = await query(
    `SELECT count(*)::INT AS n, sum("price.amount"::DOUBLE) AS total, count("price.currency")::INT AS currencies,
      count(extra)::INT AS extras, count(DISTINCT text)::INT AS texts, max(length(text))::INT AS longest
    FROM read_csv('${path}', all_varchar=true, nullstr=['\\N', ''], allow_quoted_nulls=false)`,
  );
  expect(found).toEqual({
    n: 3000,
    total: all.reduce((sum, { price }) => sum + price.amount, 0),
    currencies: 1500,
    extras: 1000,
    texts: 7,
    longest: 20,
  });
});

test('exploded arrays have the same sums', async () => {
  const all = Array.from({ length: 500 }, (_, at) => ({
    id: at,
    lines: Array.from({ length: at % 4 }, (__, n) => ({ price: n + at })),
  }));
  const source = bytes(all.map((entity) => `${JSON.stringify(entity)}\n`));
  const path = await written(source, { arrays: 'explode' });
  const prices = all.flatMap(({ lines }) => lines.map(({ price }) => price));
  expect(
    await query(
      `SELECT sum("lines.price")::INT AS total, count("lines.price")::INT AS n, count(DISTINCT id)::INT AS ids FROM '${path}'`,
    ),
  ).toEqual({ total: prices.reduce((sum, price) => sum + price, 0), n: prices.length, ids: 500 });
});

test('real stores have all their columns', async () => {
  if (!(await stat(STORES).catch(() => undefined))) {
    return console.info('there are no real stores beside the project: no table was made of them');
  }
  const path = await written(STORES, {});
  const stores: { readonly id: number; readonly location: { readonly lat: number } }[] = JSON.parse(
    await readFile(STORES, 'utf8'),
  );
  const names = new Set<string>();
  const collect = (value: object, before: string) => {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'object' && member !== null && !Array.isArray(member)) collect(member, `${before}${name}.`);
      else names.add(before + name);
    }
  };
  for (const store of stores) collect(store, '');
  expect((await readFile(path, 'utf8')).split('\r\n', 1)[0].split(',')).toEqual([...names]);
  const found = await query(
    `SELECT count(*)::INT AS n, sum(id)::BIGINT::VARCHAR AS ids, round(sum("location.lat"), 3) AS lat FROM '${path}'`,
  );
  expect(found).toEqual({
    n: stores.length,
    ids: String(stores.reduce((sum, { id }) => sum + id, 0)),
    lat: Math.round(stores.reduce((sum, { location }) => sum + location.lat, 0) * 1000) / 1000,
  });
});
