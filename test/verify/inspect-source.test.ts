/** Inspecting a source up to its end or its first fault. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { bytes } from '../../src/sources/bytes.js';
import { inspectSource } from '../../src/verify/inspect-source.js';
import { watchedCatalog } from '../sources/fake-source.js';

const ENTITIES = [
  '{"id":"a","type":"x"}',
  '{"type":"y"}',
  '{"id":"é","type":"x"}',
  '{"type":"\\u0078","long":12345}',
  '{}',
  '{"type":7}',
];
const size = (index: number) => Buffer.byteLength(ENTITIES[index]);

const EXPECTED = [
  { type: 'x', records: 3, bytes: size(0) + size(2) + size(3), smallest: size(0), largest: size(3) },
  { type: undefined, records: 1, bytes: 2, smallest: 2, largest: 2 },
  { type: 'y', records: 1, bytes: size(1), smallest: size(1), largest: size(1) },
];

/** The summaries, by type. */
function named(types: readonly { readonly type: string | undefined }[]): readonly object[] {
  return [...types].sort((a, b) => String(a.type).localeCompare(String(b.type)));
}

test.each<[string, string | Buffer, object?]>([
  ['lines', ENTITIES.slice(0, 5).join('\n')],
  ['lines surrounded by blanks', `\n  ${ENTITIES.slice(0, 5).join('  \r\n\n ')}\n`],
  ['an array', `[${ENTITIES.slice(0, 5).join(' , ')}]`],
  ['a document', `{"entities":[${ENTITIES.slice(0, 5)}]}`],
  ['a path', `{"a":{"b":[${ENTITIES.slice(0, 5)}]}}`, { path: 'a.b' }],
  ['gzip', gzipSync(ENTITIES.slice(0, 5).join('\n'))],
])('%s', async (_form, input, options) => {
  const found = await inspectSource(bytes([input]), options);
  expect(found).toMatchObject({ records: 5, bytesIn: Buffer.byteLength(input) });
  expect(named(found.types)).toStrictEqual(named(EXPECTED));
  expect(found.types[0].type).toBe('x');
  expect(found).not.toHaveProperty('fault');
});

test('reports types that are numbers by their digits, other kinds as none', async () => {
  const { types } = await inspectSource(bytes([`${ENTITIES[4]}\n${ENTITIES[5]}\n`]));
  expect(types).toMatchObject([
    { type: undefined, records: 1, largest: size(4) },
    { type: '7', records: 1, largest: size(5) },
  ]);
});

test('reads types from another member', async () => {
  const { types } = await inspectSource(bytes(['{"kind":"k","type":"t"}']), { typeField: 'kind' });
  expect(types).toMatchObject([{ type: 'k', records: 1 }]);
});

test('accepts an empty source', async () => {
  expect(await inspectSource(bytes([]))).toStrictEqual({
    ...{ records: 0, bytesIn: 0, forms: [{ form: 'lines', inputs: 1 }], types: [], examined: 0, members: [] },
    ...{ suggested: {}, notes: [] },
  });
});

test('finds the generated catalog', async () => {
  const options = { seed: 5, form: 'document', entities: 3000 } as const;
  const { facts } = catalog(options);
  const seen = watchedCatalog(options);
  const found = await inspectSource(seen.source);
  expect(found).toMatchObject({ records: 3000, bytesIn: facts.bytes });
  const count = (what: 'records' | 'bytes') => Object.fromEntries(found.types.map((type) => [type.type, type[what]]));
  expect(count('records')).toStrictEqual(facts.byType);
  expect(count('bytes')).toStrictEqual(facts.entityBytesByType);
  expect(found.types.map(({ records }) => records)).toStrictEqual(
    found.types.map(({ records }) => records).sort((a, b) => b - a),
  );
  expect(seen.closed).toBe(1);
});

describe('the first fault', () => {
  test.each<[string, string | Buffer, string, number, number]>([
    ['in the grammar', `${ENTITIES[0]}\n${ENTITIES[1]}\n{"x":,}\n${ENTITIES[0]}`, 'INVALID_JSON', 2, 40],
    ['in the bytes', Buffer.from(`${ENTITIES[0]}\n{"x":"\xff"}\n`, 'latin1'), 'INVALID_UTF8', 1, 28],
    ['at the end', `[${ENTITIES[0]},`, 'TRUNCATED', 1, 23],
  ])('%s is reported after the records before it', async (_where, input, code, recordIndex, byteOffset) => {
    const { records, fault } = await inspectSource(bytes([input]));
    expect(records).toBe(recordIndex);
    expect(fault).toMatchObject({ code, recordIndex, byteOffset });
  });

  test('may be of the source', async () => {
    expect((await inspectSource('/nowhere/at-all')).fault).toMatchObject({ code: 'NOT_FOUND' });
    const { records, fault } = await inspectSource(
      watchedCatalog({ bytes: 3_000_000 }, { failAfter: 2_000_000 }).source,
    );
    expect(records).toBeGreaterThan(100);
    expect(fault).toMatchObject({ code: 'READ_FAILED' });
  });

  test('may be an abort, and a limit', async () => {
    const seen = watchedCatalog({ bytes: 3_000_000 });
    expect((await inspectSource(seen.source, { signal: AbortSignal.abort() })).fault).toMatchObject({
      code: 'ABORTED',
    });
    expect(seen.closed).toBe(seen.opened);
    expect((await inspectSource(bytes([ENTITIES[0]]), { maxEntityBytes: 10 })).fault?.code).toBe('ENTITY_TOO_LARGE');
    expect((await inspectSource(bytes(['{"a":[[]]}']), { maxDepth: 2 })).fault?.code).toBe('TOO_DEEP');
  });
});

describe('tells what the source is made of', () => {
  const lines = (...values: readonly object[]) => bytes([values.map((value) => `${JSON.stringify(value)}\n`).join('')]);

  test('the members by path, how many entities have them, and the kinds of their values', async () => {
    const { members, examined } = await inspectSource(
      lines({ sku: 'a', price: { net: 1 }, tags: ['x', null] }, { sku: 7, price: null, tags: [] }),
    );
    expect(examined).toBe(2);
    expect(members).toStrictEqual([
      { path: 'sku', records: 2, kinds: { string: 1, number: 1 } },
      { path: 'price', records: 2, kinds: { object: 1, null: 1 } },
      { path: 'price.net', records: 1, kinds: { number: 1 } },
      { path: 'tags', records: 2, kinds: { array: 2 } },
      { path: 'tags.*', records: 1, kinds: { string: 1, null: 1 } },
    ]);
  });

  test('at most so many members, and so many entities', async () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`m${index}`, index]));
    expect(await inspectSource(lines(wide))).toMatchObject({ moreMembers: true, members: { length: 300 } });
    const many = await inspectSource(bytes(['{"a":1}\n'.repeat(10_050)]));
    expect(many).toMatchObject({ records: 10_050, examined: 10_000, members: [{ records: 10_000 }] });
  });

  test.each<[string, readonly object[], object]>([
    [
      'of the default names',
      [
        { id: 1, type: 'a' },
        { id: 2, type: 'a' },
      ],
      {},
    ],
    [
      'an id of another name',
      [
        { sku: 'a', n: 1 },
        { sku: 'b', n: 2 },
      ],
      { idField: 'sku' },
    ],
    ['an id that is deeper', [{ _id: { $oid: 'a' } }, { _id: { $oid: 'b' } }], { idField: '_id.$oid' }],
    ['no id that two have', [{ sku: 'a' }, { sku: 'a' }], {}],
    ['no id that one lacks', [{ sku: 'a' }, { sku: 'b' }, {}], {}],
    [
      'the entity in records of Debezium',
      [
        { payload: { op: 'c', before: null, after: { id: 1 } } },
        { payload: { op: 'd', before: { id: 1 }, after: null } },
      ],
      { unwrap: 'payload.after', keep: ['op=payload.op'] },
    ],
    ['no attributes that are of the entity', [{ attributes: { a: 1 }, id: 1 }], {}],
    ['the parent of children', [{ id: 1 }, { id: 2, __parentId: 1 }], { nest: '__parentId' }],
    ['a type before the types of parts', [{ x: { type: 'a' }, eventType: 'b' }], { typeField: 'eventType' }],
    ['a type of another name', [{ resourceType: 'a' }, { resourceType: 'a' }], { typeField: 'resourceType' }],
  ])('suggests %s', async (_what, values, suggested) => {
    expect((await inspectSource(lines(...values))).suggested).toStrictEqual(suggested);
  });

  test.each<[string, string, object, object?]>([
    ['lines', '{"id":1}\n{"id":2}\n', { form: 'lines' }],
    ['a sequence', '{\n"id":1}{"id":2}', { form: 'sequence' }],
    ['an array', '[{"id":1},{"id":2}]', { form: 'array' }],
    ['a document', '{"items":[{"id":1},{"id":2}]}', { form: 'document', path: 'items' }, { path: 'items' }],
    ['a way', '{"r":[{"i":[{"id":1}]}]}', { form: 'document', path: 'r.*.i.*' }, { path: 'r.*.i.*' }],
  ])('the form: %s', async (_form, text, form, suggested = {}) => {
    const options = 'path' in form && form.path === 'r.*.i.*' ? { path: form.path } : {};
    expect(await inspectSource(bytes([text]), options)).toMatchObject({ forms: [{ ...form, inputs: 1 }], suggested });
  });

  test('the path to the array that is most of the only record', async () => {
    const { suggested } = await inspectSource(bytes(['{"id":"b","entry":[{"id":1},{"id":2},{"id":3}]}']));
    expect(suggested).toStrictEqual({ path: 'entry' });
  });

  test.each([
    ['[{"id":1,"list":[{"n":1},{"n":2},{"n":3}]}]', '*.list.*'],
    ['{"runs":[{"tool":1,"list":[{"n":1},{"n":2},{"n":3}]}]}', 'runs.*.list.*'],
    ['{"entities":[{"id":1,"list":[{"n":1},{"n":2},{"n":3}]}]}', 'entities.*.list.*'],
    ['[{"entry":[{"resource":{"resourceType":"Patient","n":1}}]}]', '*.entry.*.resource'],
  ])('the array of a single record in another array, by a path that an export can follow: %s', async (text, path) => {
    expect((await inspectSource(bytes([text]))).suggested.path).toBe(path);
    const { records, fault } = await inspectSource(bytes([text]), { path });
    expect({ records, fault }).toStrictEqual({ records: path.includes('entry') ? 1 : 3, fault: undefined });
  });
});
