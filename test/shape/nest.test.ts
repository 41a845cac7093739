/** Child records in their parents: every way to read them gives what the naive evaluator does. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { cutting, type Made, NOTHING } from '../export/cut-slices.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { naiveFamilies, naiveText } from '../naive/shape.js';
import { runs } from '../runs.js';
import { type Outcome, ofLines, run } from './outcome.js';

const gid = fc.constantFrom(
  'gid://shopify/Product/1',
  'gid://shopify/Product/2',
  'gid://shopify/Variant/1',
  'gid://shopify/Variant/2',
  'gid://shopify/Image/1',
  'plain',
  7,
);
const other = fc.constantFrom<unknown>(1.5, null, 'x', [], { id: 'y' });
const record = fc.record(
  {
    id: fc.oneof({ weight: 8, arbitrary: gid }, other),
    __parentId: fc.oneof({ weight: 3, arbitrary: gid }, fc.constant(null), fc.constant({})),
    Image: other,
    type: fc.constantFrom('a', 'b'),
    é: other,
  },
  { requiredKeys: [] },
);
const asked = fc.record({
  list: fc.constantFrom(undefined, undefined, 'children', 'Image'),
  types: fc.option(fc.constantFrom('a', 'b')),
  onError: fc.constantFrom('stop', 'skip'),
});
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

const optionsOf = ({ list, types, onError }: Asked) => ({
  nest: list === undefined ? '__parentId' : `__parentId=${list}`,
  request: types === null ? {} : { types: [types] },
  onError,
});

function compare(records: readonly object[], { list, types, onError }: Asked, outcome: Outcome): void {
  const { heads, rejected, nested } = naiveFamilies(records, { parent: '__parentId', list });
  const { lines, receipt, error, rejects } = outcome;
  if (onError === 'stop' && rejected.length > 0) {
    expect(error).toMatchObject({ code: 'NOT_AN_ENTITY', recordIndex: rejected[0] });
    return;
  }
  expect(error).toBeUndefined();
  const written = heads.filter((head) => types === null || naiveText(head, ['type']) === types);
  expect(lines.map((line) => JSON.parse(line))).toEqual(written);
  expect(receipt).toMatchObject({
    ...{ read: heads.length + rejected.length, written: written.length, rejected: rejected.length },
    filtered: heads.length - written.length,
  });
  expect(receipt?.nested ?? 0).toBe(nested);
  expect(rejects.map(({ raw }) => JSON.parse(raw))).toEqual(rejected.map((index) => records[index]));
}

const LIMIT_MS = 60_000;

describe('children in their parents', () => {
  test(
    'are where the naive evaluator puts them, in lines that come in any chunks',
    async () => {
      const all = fc.array(record, { maxLength: 10 });
      const property = fc.asyncProperty(all, asked, chunkSizes, async (records, said, sizes) => {
        const input = records.map((one) => `${JSON.stringify(one)}\n`).join('');
        const source = bytes(chunked(Buffer.from(input), sizes));
        compare(records, said, await run({ ...optionsOf(said), source, input: 'lines' }));
      });
      await fc.assert(property, runs(500));
    },
    LIMIT_MS,
  );

  test(
    'are where the naive evaluator puts them, of objects',
    async () => {
      const property = fc.asyncProperty(fc.array(record, { maxLength: 10 }), asked, async (records, said) => {
        compare(records, said, await run({ ...optionsOf(said), source: objects(records) }));
      });
      await fc.assert(property, runs(300));
    },
    LIMIT_MS,
  );
});

describe('a bulk export with parents', () => {
  const product = '{ "id":"gid://shopify/Product/1", "title":"\\u004camp" }';
  const variant = '{"id":"gid://shopify/ProductVariant/11","price":1.50,"__parentId":"gid://shopify/Product/1"}';
  const level = '{"id":"gid://shopify/InventoryLevel/5?x=1","__parentId":"gid://shopify/ProductVariant/11"}';
  const image = '{"id":"gid://shopify/Image/2","__parentId":"gid://shopify/Product/1"}';
  const next = '{"id":"gid://shopify/Product/2"}';
  const bulk = `${[product, variant, level, image, next].join('\n')}\n`;

  test('has one entity for each parent, with lists called by type, on every level, of untouched text', async () => {
    const { lines, receipt } = await ofLines(bulk, { nest: '__parentId' });
    expect(lines).toEqual([
      `${product.slice(0, -1)},"ProductVariant":[${variant.slice(0, -1)},"InventoryLevel":[${level}]}],"Image":[${image}]}`,
      next,
    ]);
    expect(receipt).toMatchObject({ read: 2, nested: 3, written: 2, filtered: 0, rejected: 0 });
  });

  test('notes that no record names a parent, of either kind of batch', async () => {
    const text = 'none of the 5 records names a parent at "parentId" (option nest)';
    const notes = [{ code: 'NOTHING_AT_PATH', text, counts: { records: 5, nothing: 5 } }];
    expect((await ofLines(bulk, { nest: 'parentId' })).receipt?.notes).toEqual(notes);
    const records = bulk
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect((await run({ source: objects(records), nest: 'parentId' })).receipt?.notes).toEqual(notes);
    expect((await ofLines(bulk, { nest: '__parentId' })).receipt?.notes).toEqual([]);
  });

  test('has no parents for children in another input', async () => {
    const inputs = async function* (signal: AbortSignal) {
      yield* bytes([bulk]).inputs(signal);
      yield* bytes([`${image}\n${bulk}`]).inputs(signal);
    };
    const { lines, receipt, rejects } = await run({ source: { inputs }, nest: '__parentId', onError: 'skip' });
    expect(lines).toHaveLength(4);
    expect(lines.slice(2)).toEqual(lines.slice(0, 2));
    expect(receipt).toMatchObject({ read: 5, nested: 6, written: 4, rejected: 1 });
    expect(rejects).toMatchObject([{ raw: image }]);
  });

  test('names the same record in a fault after a resume as without one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-nest-'));
    try {
      const families = (size: number) => Array.from({ length: size }, () => bulk).join('');
      await writeFile(join(folder, 'bulk.jsonl'), `${families(20_000)}{"__parentId":"nobody"}\n`);
      const { attempt } = cutting(() => folder);
      const options = { input: 'lines', format: 'ndjson', pack: 'none', nest: '__parentId' } as const;
      const failure = (before: Made) =>
        attempt(['bulk.jsonl'], options, before, 1_000_000).then(
          () => undefined,
          (cause: unknown) => cause,
        );
      const expected = { code: 'NOT_AN_ENTITY', recordIndex: 100_000, line: 100_001 };
      expect(await failure(NOTHING)).toMatchObject(expected);
      const before = await attempt(['bulk.jsonl'], options, NOTHING, 3);
      expect(before.checkpoint).toBeDefined();
      expect(await failure(before)).toMatchObject(expected);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('has one list under the stated name', async () => {
    const { lines } = await ofLines(bulk, { nest: '__parentId=children', request: { maxRecords: 1 } });
    expect(JSON.parse(lines[0]).children.map(({ id }: { id: string }) => id)).toEqual([
      'gid://shopify/ProductVariant/11',
      'gid://shopify/Image/2',
    ]);
  });

  test('counts children of records up to the limit that ends the run', async () => {
    const { receipt } = await ofLines(bulk, { nest: '__parentId', request: { maxRecords: 1 } });
    expect(receipt).toMatchObject({ read: 1, nested: 3, written: 1, stoppedBy: 'limit' });
  });

  test.each([
    ['without its parent', image, 'NOT_AN_ENTITY', 'is neither the last record'],
    ['whose parent is no id', '{"__parentId":[]}', 'NOT_AN_ENTITY', 'neither text nor a number'],
    ['with faulty text', '{"__parentId":}', 'INVALID_JSON', 'expected a value'],
  ])('is refused, or without the record, for a child %s', async (_, child, code, message) => {
    const input = `${next}\n${child}\n${bulk}`;
    const { error } = await ofLines(input, { nest: '__parentId' });
    expect(error).toMatchObject({ code, line: 2, message: expect.stringContaining(message) });
    const { lines, rejects, receipt } = await ofLines(input, { nest: '__parentId', onError: 'skip' });
    expect(lines).toHaveLength(3);
    expect(rejects).toMatchObject([{ raw: child, code }]);
    expect(receipt).toMatchObject({ read: 4, nested: 3, written: 3, rejected: 1 });
  });

  test('is refused where a parent and its children are larger than an entity may be', async () => {
    const { error } = await ofLines(bulk, { nest: '__parentId', maxEntityBytes: 150 });
    expect(error).toMatchObject({ code: 'ENTITY_TOO_LARGE', line: 3 });
  });

  test.each([{ unwrap: 'doc' }, { explode: 'lines' }, { explode: 'lines', keep: 'id' }])(
    'takes no other shape: %j',
    async (options) => {
      await expect(async () => ofLines(bulk, { nest: '__parentId', ...options })).rejects.toMatchObject({
        code: 'INVALID',
        path: 'nest',
      });
    },
  );
});
