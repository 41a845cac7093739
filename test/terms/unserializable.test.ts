/** Objects whose getters throw are faults of their records, whatever looks at them. */
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { objects } from '../../src/sources/objects.js';
import { collect } from '../select/collect.js';

function thrown(): never {
  throw new Error('not now');
}

const FAULTY: readonly (readonly [string, object])[] = [
  [
    'getter',
    {
      id: 2,
      get a() {
        return thrown();
      },
    },
  ],
  [
    'getter inside',
    {
      id: 2,
      a: {
        get b() {
          return thrown();
        },
      },
    },
  ],
  ['toJSON', { id: 2, a: { b: { toJSON: thrown } } }],
  ['proxy', { id: 2, a: new Proxy({}, { get: thrown, getOwnPropertyDescriptor: thrown, ownKeys: thrown }) }],
];

const where = (path: string) => ({ criteria: { fields: [{ [path]: { eq: 1 } }] } });

const LOOKS: readonly (readonly [string, Omit<ExportOptions, 'source'>])[] = [
  ['nothing', {}],
  ['unwrap', { unwrap: 'a' }],
  ['unwrap further', { unwrap: 'a.b' }],
  ['explode', { explode: 'a.b' }],
  ['keep', { unwrap: 'a', keep: ['b'] }],
  ['a condition', { request: where('a.b.c') }],
  ['a projection', { request: { fields: { include: ['a.b.c'] } } }],
  ['a new name', { request: { fields: { include: ['x=a.b'] } } }],
  ['an order', { request: { sort: [{ field: 'a.b' }] } }],
  ['ids', { idField: 'a.b', request: { ids: ['1'] } }],
  ['a table', { format: 'dsv' }],
  ['a file for each value', { splitBy: 'a.b.c', pack: 'zip' }],
];

describe.each(FAULTY)('a %s that throws', (_what, faulty) => {
  test.each(LOOKS)('is UNSERIALIZABLE for %s', async (_how, options) => {
    const source = objects([{ id: 1, a: { b: { c: 1 } } }, faulty]);
    const { error } = await collect({ source, format: 'ndjson', ...options });
    expect(error).toMatchObject({
      code: 'UNSERIALIZABLE',
      recordIndex: 1,
      message: expect.stringContaining('not now'),
    });
  });
});

test.each<readonly [string, Omit<ExportOptions, 'source'>]>([
  ['a condition', { request: where('a.b.c') }],
  ['a projection', { request: { fields: { include: ['a.b.c'] } } }],
  ['unwrap', { unwrap: 'a' }],
])('records before it pass %s, and a limit comes first', async (_how, options) => {
  const all = [{ a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }, FAULTY[1][1]];
  const failed = await collect({ source: objects(all), format: 'ndjson', ...options });
  expect(failed.text.match(/\n/g)).toHaveLength(2);
  const request = { ...options.request, maxRecords: 2 };
  const { receipt } = await collect({ source: objects(all), format: 'ndjson', ...options, request });
  expect(receipt).toMatchObject({ read: 2, written: 2, stoppedBy: 'limit' });
});

/** Makes an object that holds itself. */
function cycle(): object {
  const inner: Record<string, unknown> = {};
  Object.assign(inner, { self: inner, list: [inner] });
  const list: unknown[] = [];
  list.push(list);
  return {
    id: 2,
    type: 't',
    a: inner,
    list,
    data: { attributes: { x: { group: [{ y: inner }] }, z: { values: [{ value: inner }] } } },
  };
}

/** Nested beyond the maximum, and no cycle. */
function deep(): object {
  let value: unknown = 1;
  for (let level = 0; level < 1100; level++) value = { self: value };
  return { id: 2, type: 't', a: value, list: [] };
}

const TABLES: readonly (readonly [string, Omit<ExportOptions, 'source'>])[] = [
  ['a table', { format: 'dsv' }],
  ['a table of fields', { format: 'dsv', dsv: { layout: 'fields' } }],
  ['rows of elements', { format: 'dsv', dsv: { layout: 'fields', arrays: 'explode' } }],
  ['a workbook', { format: 'xlsx' }],
];

test.each([
  ...TABLES,
  ['a document', { format: 'json' }],
  ['a condition', { format: 'ndjson', request: where('list') }],
  ['an order', { format: 'ndjson', request: { sort: [{ field: 'list' }] } }],
  ['explode', { format: 'ndjson', explode: 'list' }],
] satisfies typeof TABLES)('an object that holds itself is UNSERIALIZABLE for %s', async (_how, options) => {
  const { error } = await collect({ source: objects([{ id: 1, type: 't', list: [1] }, cycle()]), ...options });
  expect(error).toMatchObject({ code: 'UNSERIALIZABLE', recordIndex: 1 });
});

test.each(TABLES.slice(1, 3))('an object that nests deeply is TOO_DEEP for %s', async (_how, options) => {
  const { error } = await collect({ source: objects([{ id: 1 }, deep()]), ...options });
  expect(error).toMatchObject({ code: 'TOO_DEEP', recordIndex: 1 });
});
