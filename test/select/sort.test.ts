/** Sorting against a naive one: values of all kinds, in memory and in runs, as text and as objects. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sortStage } from '../../src/select/sort.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { SortKey } from '../../src/terms/sort.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { compareKeys, Digits, naiveOrder, parseWithDigits } from '../naive/sort.js';
import { runs } from '../runs.js';
import { untyped } from '../untyped.js';
import { collect } from './collect.js';

const TEXTS = [
  'b',
  'B',
  'a',
  'ab',
  'a\0b',
  'été',
  'ete',
  'zebra',
  '😀',
  '￿',
  '10',
  '9',
  '',
  '_NULL',
  '2018-07-19',
  'true',
];
const NUMBERS = ['10', '9', '1e1', '-0.5', '-12', '9007199254740993', '9007199254740992', '1e400', '1e-400', '0', '-0'];
const DATES = ['2018-07-19T23:30:00.000-0500', '2018-07-20T03:00:00Z', '2018-07-20', '2018-02-30'];

const scalar = fc.oneof(
  fc.constantFrom(...TEXTS, ...NUMBERS, ...DATES),
  fc.constantFrom(...NUMBERS).map((text) => new Digits(text)),
  fc.boolean(),
  fc.constant(null),
);

/** JSON in which numbers are as they are written. */
function written(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${written(one)}`)
    .join(', ')}}`;
}

function idsOf(text: string): readonly unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).id);
}

const value = fc.record(
  { value: scalar, locale: fc.constantFrom('en-US', 'de-DE'), source: fc.constant('internal') },
  { requiredKeys: ['value'] },
);
const attributes = fc.record({ a: fc.record({ values: fc.array(value, { maxLength: 3 }) }) }, { requiredKeys: [] });
const entity = fc.record(
  {
    price: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })),
    properties: fc.record({ p: scalar }, { requiredKeys: [] }),
    data: fc.record({
      attributes,
      contexts: fc.array(fc.record({ context: fc.constant({ country: 'Germany' }), attributes }), { maxLength: 1 }),
    }),
  },
  { requiredKeys: [] },
);

const type = fc.constantFrom(undefined, '_STRING', '_INTEGER', '_DECIMAL', '_DATETIME', '_DATE', '_BOOLEAN');
const key: fc.Arbitrary<SortKey> = fc
  .tuple(
    fc.constantFrom({ attribute: 'a' }, { property: 'p' }, { field: 'price' }),
    fc.constantFrom('asc', 'desc'),
    type,
  )
  .map(([of, order, asType]) => untyped({ ...of, order, ...(asType ? { type: asType } : {}) }));
const request = fc.record(
  {
    sort: fc.array(key, { minLength: 1, maxLength: 2 }),
    skip: fc.integer({ min: 0, max: 5 }),
    maxRecords: fc.integer({ min: 1, max: 12 }),
    contexts: fc.constantFrom(untyped<'all'>('all'), [{ country: 'Germany' }]),
    valueContexts: fc.constant([{ locale: 'de-DE' }]),
  },
  { requiredKeys: ['sort'] },
);

test('sorts texts of entities as a naive sort does, and changes none', async () => {
  const property = fc.asyncProperty(
    fc.array(entity, { maxLength: 25 }),
    request,
    chunkSizes,
    async (entities, asked, sizes) => {
      const lines = entities.map((one, id) => written({ id, ...one }));
      const source = bytes(chunked(Buffer.from(lines.map((line) => `${line}\n`).join('')), sizes));
      const { text, receipt, error } = await collect({ source, input: 'lines', format: 'ndjson', request: asked });
      expect(error).toBeUndefined();
      const order = naiveOrder(lines.map(parseWithDigits), asked);
      const { skip = 0, maxRecords = order.length } = asked;
      const wanted = order.slice(skip, skip + maxRecords);
      expect(idsOf(text)).toStrictEqual(wanted);
      // Contexts and locales choose parts of entities too.
      if (asked.contexts || asked.valueContexts) return;
      expect(text).toBe(wanted.map((at) => `${lines[at]}\n`).join(''));
      expect(receipt).toMatchObject({
        ...{ read: lines.length, written: wanted.length, filtered: lines.length - wanted.length, stoppedBy: 'end' },
      });
    },
  );
  await fc.assert(property, runs(400));
});

test('sorts objects as a naive sort does', async () => {
  const property = fc.asyncProperty(fc.array(entity, { maxLength: 25 }), request, async (entities, asked) => {
    const all = entities.map((one, id) => JSON.parse(written({ id, ...one }).replaceAll('1e400', '0')));
    const { text } = await collect({ source: objects(all), format: 'ndjson', request: { ...asked, fields: {} } });
    const order = naiveOrder(
      all.map((one) => parseWithDigits(JSON.stringify(one))),
      asked,
    );
    const { skip = 0, maxRecords = order.length } = asked;
    const ids = idsOf(text);
    expect(ids).toStrictEqual(order.slice(skip, skip + maxRecords));
  });
  await fc.assert(property, runs(200));
});

describe('the documented sort', () => {
  const line = (id: string, createdDate?: string) =>
    JSON.stringify({ id, type: 'sku', properties: { createdDate }, data: {} });
  const lines = [
    line('none'),
    line('old', '2018-07-19T03:18:30.557-0500'),
    line('new', '2019-07-19T03:18:30.557+0000'),
    line('same', '2018-07-19T08:18:30.557Z'),
  ];
  const ids = async (direction: string, options: object) => {
    const params = {
      query: { filters: { typesCriterion: ['sku'] } },
      sort: { properties: [{ createdDate: direction, sortType: '_DATETIME' }] },
      options,
    };
    const source = bytes([Buffer.from(lines.join('\n'))]);
    const { text } = await collect({ source, format: 'ndjson', request: { params } });
    return idsOf(text);
  };

  test('puts entities without the value last, in both directions, and keeps the order of equal ones', async () => {
    expect(await ids('_ASC', {})).toStrictEqual(['old', 'same', 'new', 'none']);
    expect(await ids('_DESC', {})).toStrictEqual(['new', 'old', 'same', 'none']);
  });

  test('comes before from and maxRecords', async () => {
    expect(await ids('_DESC', { from: 1, maxRecords: '2' })).toStrictEqual(['old', 'same']);
    expect(await ids('_DESC', { from: 0, to: 1 })).toStrictEqual(['new']);
    expect(await ids('_DESC', { from: 9, to: 10 })).toStrictEqual([]);
  });
});

test('a sorted export that reads until all ids were found tells that', async () => {
  const source = bytes([Buffer.from('{"id":"b"}\n{"id":"a"}\n{"id":"c"}\n')]);
  const { text, receipt } = await collect({ source, format: 'ndjson', request: { ids: ['a', 'b'], sort: 'id' } });
  expect(text).toBe('{"id":"a"}\n{"id":"b"}\n');
  expect(receipt).toMatchObject({ written: 2, stoppedBy: 'ids' });
});

test('nothing is written of an input with a fault', async () => {
  const source = bytes([Buffer.from('{"id":"b"}\n{"id":"a"}\n{"id":\n')]);
  const { text, error } = await collect({ source, format: 'ndjson', request: { sort: 'id' } });
  expect(text).toBe('');
  expect(error?.code).toBe('INVALID_JSON');
});

test('what was rejected, and the rest of a file that is set aside, is accounted for', async () => {
  const input = '{"id":"b"}\n{"id":\n{"id":"a"}\n';
  for (const [onError, ids] of [
    ['skip', ['a', 'b']],
    ['skip-file', ['b']],
  ] as const) {
    const source = bytes([Buffer.from(input)]);
    const { text, error } = await collect({
      source,
      input: 'lines',
      onError,
      format: 'ndjson',
      request: { sort: 'id' },
    });
    expect(error).toBeUndefined();
    expect(text).toBe(ids.map((id) => `{"id":"${id}"}\n`).join(''));
  }
});

test('exploded entities are sorted, and the counts balance', async () => {
  const source = bytes([Buffer.from('{"id":1,"lines":[{"n":3},{"n":1}]}\n{"id":2,"lines":[{"n":2}]}\n')]);
  const request = { sort: 'lines.n', maxRecords: 2 };
  const { text, receipt } = await collect({ source, explode: 'lines', format: 'ndjson', request });
  expect(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).lines.n),
  ).toStrictEqual([1, 2]);
  expect(receipt).toMatchObject({ read: 2, added: 1, written: 2, filtered: 1 });
});

test('keys of every kind compare as their values do', () => {
  fc.assert(
    fc.property(scalar, scalar, type, (one, other, asType) => {
      expect(Math.sign(compareKeys(one, other, asType))).toBe(-Math.sign(compareKeys(other, one, asType)) + 0);
    }),
  );
});

test('a key of which no entity has a value is a note', async () => {
  const source = () => bytes([Buffer.from('{"id":"b","price":"x"}\n{"id":"a"}\n')]);
  const noted = async (sort: SortKey | string) =>
    (await collect({ source: source(), request: { sort } })).receipt?.notes.map(({ text }) => text);
  expect(await noted('id')).toStrictEqual([]);
  expect(await noted('prce')).toStrictEqual(['none of the 2 entities that were sorted has a value of the path "prce"']);
  expect(await noted({ field: 'price', type: '_DECIMAL' })).toStrictEqual([
    'none of the 2 entities that were sorted has a value of the path "price" that is compared as _DECIMAL',
  ]);
});

test('the stage has a name in busy times', () => {
  expect(sortStage({ keys: [{ field: 'id' }] }).name).toBe('sort');
});
