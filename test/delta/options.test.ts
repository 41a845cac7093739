/** Deltas beside other options: each chain has what a full export with these options has. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExportOptions, exportEntities, unwrapEnvelope } from '../../src/index.js';
import { Replica } from './chain.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delta-options-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** States of a catalog. */
const STATES = [0, 1, 2].map((step) =>
  Array.from({ length: 1500 }, (_, at) => at)
    .filter((at) => at % 13 !== step)
    .map((at) => ({
      id: `e${at}`,
      name: `Entity ${(at * 7) % 1500}`,
      type: at % 501 === step ? 'moved' : at % 2 === 0 ? 'product' : 'sku',
      value: at % 101 === step ? step : 0,
      data: { attributes: { color: { values: [{ value: at % 77 === step ? 'blue' : 'red', locale: 'en-US' }] } } },
      filler: 'x'.repeat(100),
    })),
);

async function written(state: (typeof STATES)[number], name: string, wrap: (entity: object) => object = (one) => one) {
  const path = join(folder, `${name}.ndjson`);
  await writeFile(path, state.map((entity) => `${JSON.stringify(wrap(entity))}\n`).join(''));
  return path;
}

type Options = Omit<ExportOptions, 'source'>;

async function result(source: string, options: Options) {
  const stream = exportEntities({ source, format: 'ndjson', ...options });
  return { text: (await stream.toBuffer()).toString(), receipt: await stream.receipt };
}

const VARIANTS: readonly (readonly [name: string, options: Options, wrap?: (entity: object) => object])[] = [
  ['types', { request: { types: ['product'] } }],
  [
    'conditions and paths',
    {
      request: { criteria: { fields: { value: { lt: 2 } } }, fields: { include: ['id', 'type', 'value'] } },
      threads: 3,
    },
  ],
  ['attributes', { request: { fields: { attributes: ['color'] } } }],
  ['an order', { request: { sort: 'name desc' } }],
  ['objects', { reader: 'stream-json' }],
  ['an unwrapped entity', { unwrap: '_source' }, (entity) => ({ _source: entity })],
  ['without checks', { trust: true }],
  ['skipped faults', { onError: 'skip' }],
];

describe('a chain of three', () => {
  test.each(VARIANTS.map((variant) => ({ name: variant[0], variant })))('with $name', async ({ name, variant }) => {
    const [, options, wrap] = variant;
    const index = join(folder, `${name}.index`);
    const chain = { ...options, deltaFrom: index, deltaTo: index };
    const replica = new Replica(true);
    for (const state of STATES) {
      const source = await written(state, name, wrap);
      const { text, receipt } = await result(source, chain);
      replica.apply(text);
      const full = new Replica(true).apply((await result(source, options)).text);
      expect(replica.sorted).toEqual(full.sorted);
      expect(replica.entities.size).toBeGreaterThan(500);
      const { read, added = 0, filtered, rejected } = receipt;
      expect(read + added).toBe(receipt.written + filtered + rejected);
    }
  });

  test('in an envelope, in a file for each type, and in small files', async () => {
    const [first, second] = [await written(STATES[0], 'a'), await written(STATES[1], 'b')];
    const index = join(folder, 'packed.index');
    await result(first, { deltaTo: index });
    const expected = (await result(second, { deltaFrom: index })).receipt;
    const stream = exportEntities({
      source: second,
      format: 'ndjson',
      pack: 'envelope',
      deltaFrom: index,
      content: 'plain',
    });
    const path = join(folder, 'envelope.json');
    await stream.toFile(path);
    const unwrapped: Buffer[] = [];
    for await (const chunk of unwrapEnvelope(path)) unwrapped.push(chunk);
    expect(Buffer.concat(unwrapped).toString().split('\n').length - 1).toBe(expected.written);
    for (const split of [{ splitBy: 'type' }, { batchSize: 100 }]) {
      const to = join(folder, `${Object.keys(split)[0]}/`);
      const receipt = await exportEntities({ source: second, format: 'ndjson', deltaFrom: index, ...split }).toFile(to);
      expect(receipt.delta).toEqual(expected.delta);
      expect(receipt.files.reduce((sum, { records }) => sum + records, 0)).toBe(expected.written);
      const names = await readdir(to);
      const texts = await Promise.all(names.map((name) => readFile(join(to, name), 'utf8')));
      const deleted = texts
        .join('')
        .split('\n')
        .filter((line) => line.includes('"action":"delete"'));
      expect(deleted).toHaveLength(expected.delta?.deleted ?? 0);
    }
  });

  test('holds deletions while a file is set aside', async () => {
    const inputs = join(folder, 'inputs');
    await mkdir(inputs);
    await writeFile(join(inputs, 'a.ndjson'), '{"id":"1"}\n{"id":"2"}\n');
    await writeFile(join(inputs, 'b.ndjson'), '{"id":"3"}\n');
    const index = join(folder, 'aside.index');
    const options = { onError: 'skip-file', deltaFrom: index, deltaTo: index } as const;
    await result(join(inputs, '*.ndjson'), options);
    await writeFile(join(inputs, 'a.ndjson'), '{"id":"1"}\n{"id":2"}\n');
    const faulty = await result(join(inputs, '*.ndjson'), options);
    expect(faulty).toMatchObject({ text: '', receipt: { delta: { deleted: 0, held: 1, unchanged: 2 } } });
    await writeFile(join(inputs, 'a.ndjson'), '{"id":"1"}\n');
    expect((await result(join(inputs, '*.ndjson'), options)).text).toBe('{"id":"2","action":"delete"}\n');
  });
});
