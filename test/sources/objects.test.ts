/** Entities that are already objects. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objects } from '../../src/sources/objects.js';
import { exported } from './outcome.js';

const ENTITIES = [
  { id: 'a', type: 't', data: { attributes: { x: 1 } } },
  { id: 'b', type: 'u' },
  { id: 3, type: 'T' },
];
const lines = (entities: readonly unknown[]) => entities.map((entity) => `${JSON.stringify(entity)}\n`).join('');
const write = (iterable: AsyncIterable<unknown> | Iterable<unknown>, request: object = {}) =>
  exported({ source: objects(iterable, 'the table'), format: 'ndjson', request });

async function* later(): AsyncGenerator<unknown> {
  yield* ENTITIES;
}

test.each<[string, () => AsyncIterable<unknown> | Iterable<unknown>]>([
  ['an array', () => ENTITIES],
  ['a set', () => new Set(ENTITIES)],
  ['the values of a map', () => new Map(ENTITIES.map((entity) => [entity.id, entity])).values()],
  [
    'a generator',
    function* () {
      yield* ENTITIES;
    },
  ],
  ['an asynchronous generator', later],
  ['a Readable of objects', () => Readable.from(ENTITIES)],
  ['a web stream', () => ReadableStream.from(ENTITIES)],
])('%s', async (_kind, entities) => {
  const { output, receipt } = await write(entities());
  expect(output.toString()).toBe(lines(ENTITIES));
  expect(receipt).toMatchObject({ read: 3, written: 3, bytesIn: 0 });
  expect((await write(entities(), { types: ['t'] })).output.toString()).toBe(lines([ENTITIES[0], ENTITIES[2]]));
  expect((await write(entities(), { ids: ['3'] })).output.toString()).toBe(lines([ENTITIES[2]]));
});

test('writes a valid empty document without objects', async () => {
  expect((await exported({ source: objects([]) })).output.toString()).toBe('{"entities":[]}');
});

/** The values of lines, with members in any order. */
const values = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));

test('writes what JSON.stringify writes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), async (entities) => {
      expect(values((await write(entities)).output.toString())).toStrictEqual(values(lines(entities)));
    }),
    { numRuns: 200 },
  );
});

test.each<[string, object]>([
  ['members that are undefined or functions', { id: 'a', none: undefined, call: () => 1, symbol: Symbol('s') }],
  ['dates', { id: 'a', at: new Date(0), data: { at: new Date(0) } }],
  ['NaN and infinity', { id: 'a', x: Number.NaN, y: [Number.POSITIVE_INFINITY] }],
  ['-0', { id: 'a', x: -0 }],
  ['boxed values', { id: 'a', x: Object('text'), y: [Object(1)] }],
  ['holes in arrays', { id: 'a', x: Array(2) }],
  ['maps and sets', { id: 'a', x: new Map([[1, 2]]), y: new Set([1]) }],
  ['toJSON', { id: 'a', data: { toJSON: () => ({ attributes: {} }) } }],
  ['toJSON as a member', { toJSON: () => ({ id: 'z' }) }],
  [
    'a class',
    new (class {
      id = 'a';
      get hidden() {
        return 1;
      }
    })(),
  ],
  ['no prototype', Object.assign(Object.create(null), { id: 'a' })],
  ['__proto__ as a name', JSON.parse('{"id":"a","__proto__":{"x":1},"constructor":2,"toString":3}')],
  ['lone halves of pairs', { id: '\ud800', '\udc00': 1 }],
  ['numbers as names of members', JSON.parse('{"b":1,"1":2,"id":"a"}')],
])('writes %s as JSON.stringify does', async (_kind, entity) => {
  expect(values((await write([entity])).output.toString())).toStrictEqual(values(lines([entity])));
});

describe('refused', () => {
  const cycle: Record<string, unknown> = { id: 'c' };
  cycle.self = cycle;
  test.each<[string, unknown, string]>([
    ['null', null, 'NOT_AN_ENTITY'],
    ['undefined', undefined, 'NOT_AN_ENTITY'],
    ['a number', 1, 'NOT_AN_ENTITY'],
    ['text', '{"id":"a"}', 'NOT_AN_ENTITY'],
    ['an array', [{ id: 'a' }], 'NOT_AN_ENTITY'],
    ['a function', () => 1, 'NOT_AN_ENTITY'],
    ['a date, which JSON writes as text', new Date(0), 'NOT_AN_ENTITY'],
    ['a BigInt inside', { id: 'a', x: [1n] }, 'UNSERIALIZABLE'],
    ['a BigInt as an id', { id: 1n }, 'UNSERIALIZABLE'],
    ['a cycle', cycle, 'UNSERIALIZABLE'],
    [
      'a member that throws',
      {
        id: 'a',
        get x() {
          throw new Error('secret');
        },
      },
      'UNSERIALIZABLE',
    ],
  ])('%s', async (_kind, value, code) => {
    const { output, error } = await write([{ id: 'first' }, value, { id: 'last' }]);
    expect(error).toMatchObject({ code, source: 'the table', recordIndex: 1 });
    expect(error?.message).toContain('the table');
    expect(['', '{"id":"first"}\n']).toContain(output.toString());
  });

  test('refuses nothing that is filtered out', async () => {
    const { receipt } = await write(
      [
        { id: 'a', type: 't' },
        { id: 1n, type: 'u' },
      ],
      { types: ['t'] },
    );
    expect(receipt).toMatchObject({ read: 2, written: 1, filtered: 1 });
  });
});

describe('an iterator', () => {
  function noting(): { readonly entities: AsyncIterable<unknown>; readonly calls: string[] } {
    const calls: string[] = [];
    let made = 0;
    const entities: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          made++;
          return made > 1000 ? { value: undefined, done: true } : { value: { id: String(made) }, done: false };
        },
        async return() {
          calls.push(`return after ${made}`);
          return { value: undefined, done: true };
        },
      }),
    };
    return { entities, calls };
  }

  test('gets return() when the limit is reached, and is not read far ahead', async () => {
    const { entities, calls } = noting();
    const { receipt } = await write(entities, { maxRecords: 1 });
    expect(receipt).toMatchObject({ read: 1, written: 1, stoppedBy: 'limit' });
    expect(calls).toHaveLength(1);
    expect(Number(/\d+/.exec(calls[0]))).toBeLessThan(600);
  });

  test('that has ended gets no return()', async () => {
    const { entities, calls } = noting();
    expect((await write(entities)).receipt).toMatchObject({ written: 1000 });
    expect(calls).toStrictEqual([]);
  });

  test('that fails ends the run after the earlier entities', async () => {
    function* failing() {
      yield* ENTITIES;
      throw new Error('the cursor is gone');
    }
    const { error } = await write(failing());
    expect(error).toMatchObject({
      code: 'READ_FAILED',
      source: 'the table',
      message: expect.stringContaining('the cursor is gone'),
    });
  });

  test('that fails in return() does not affect the result', async () => {
    const entities: Iterable<unknown> = {
      [Symbol.iterator]: () => ({
        next: () => ({ value: { id: 'a' }, done: false }),
        return() {
          throw new Error('cannot stop');
        },
      }),
    };
    const { receipt, error } = await write(entities, { maxRecords: 1 });
    expect(receipt?.written ?? error?.code).toBe(1);
  });
});

test('projects fields by value', async () => {
  const entity = { id: 'a', x: 1, data: { attributes: { c: 1, d: 2 }, relationships: {}, contexts: [] } };
  const { output } = await write([entity], { fields: { attributes: ['c', 'missing'], relationships: ['_ALL'] } });
  expect(output.toString()).toBe('{"id":"a","data":{"attributes":{"c":1},"relationships":{}}}\n');
});

describe('faulty objects that are skipped', () => {
  const deep = { id: 'deep', data: { attributes: { n: 10n } } };
  const faulty: readonly unknown[] = [3, null, 'x', [{ id: 'in an array' }], undefined, deep, { toJSON: () => 7 }];
  const throwing = {
    toJSON() {
      throw new Error('not today');
    },
  };

  test.each(['json', 'ndjson', 'dsv'] as const)('are counted and reported, the others written: %s', async (format) => {
    const rejects: unknown[] = [];
    const source = objects([ENTITIES[0], ...faulty, ENTITIES[1], throwing, ENTITIES[2]], 'the table');
    const { receipt } = await exported({
      source,
      format,
      onError: 'skip',
      onReject: ({ recordIndex, source, byteOffset, error, raw }) =>
        void rejects.push([recordIndex, source, byteOffset, error.code, Buffer.from(raw).toString()]),
    });
    expect(receipt).toMatchObject({ read: 11, written: 3, filtered: 0, rejected: 8 });
    expect(rejects).toStrictEqual([
      [1, 'the table', undefined, 'NOT_AN_ENTITY', '3'],
      [2, 'the table', undefined, 'NOT_AN_ENTITY', 'null'],
      [3, 'the table', undefined, 'NOT_AN_ENTITY', '"x"'],
      [4, 'the table', undefined, 'NOT_AN_ENTITY', '[{"id":"in an array"}]'],
      [5, 'the table', undefined, 'NOT_AN_ENTITY', ''],
      [6, 'the table', undefined, 'UNSERIALIZABLE', ''],
      [7, 'the table', undefined, 'NOT_AN_ENTITY', '7'],
      [9, 'the table', undefined, 'UNSERIALIZABLE', ''],
    ]);
  });

  test('end the run if they are not skipped', async () => {
    for (const item of [...faulty, throwing]) {
      const { output, error } = await write([ENTITIES[0], item, ENTITIES[1]]);
      expect(error).toMatchObject({ recordIndex: 1 });
      if (item !== deep) expect(output.toString()).toBe(lines([ENTITIES[0]]));
    }
  });

  test('keep the index of others, through filters and limits', async () => {
    const property = fc.asyncProperty(fc.array(fc.constantFrom('t', 'u', 3), { maxLength: 600 }), async (kinds) => {
      const items = kinds.map((kind, id) => (kind === 3 ? kind : { id, type: kind }));
      const { output, receipt } = await exported({
        source: objects(items),
        format: 'ndjson',
        onError: 'skip',
        request: { types: ['t'], maxRecords: 50 },
      });
      const kept = items.filter((item) => typeof item === 'object' && item.type === 't').slice(0, 50);
      expect(output.toString()).toBe(lines(kept));
      expect(receipt?.written).toBe(kept.length);
    });
    await fc.assert(property, { numRuns: 50 });
  });
});
