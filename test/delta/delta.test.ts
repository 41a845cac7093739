/** Deltas against what an earlier export has left: a chain of them has what a full export has. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities, objects } from '../../src/index.js';
import { runs } from '../runs.js';
import { exported, Replica } from './chain.js';

let folder: string;
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'delta-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A path for an index. */
function fresh(): string {
  return join(folder, `${number++}.index`);
}

/** A chain that replaces one index. */
function chainOf(path = fresh()) {
  return { deltaFrom: path, deltaTo: path };
}

const id = fc.oneof(
  fc.constantFrom('"a"', '"b"', '"c"', '1', '"1"', '"t\\tb"', '"\\u00e9"', '"é"', '"q\\"q"', '"\\ud800"'),
);
const entity = fc
  .tuple(id, fc.constantFrom('"product"', '"sku"', undefined), fc.integer({ min: 0, max: 2 }))
  .map(([id, type, value]) => `{"id":${id}${type ? `,"type":${type}` : ''},"value":${value}}`);

describe('a chain of deltas has what a full export has', () => {
  test('for those who know entities by id and type, whatever changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(entity, { maxLength: 8 }), { minLength: 2, maxLength: 5 }), async (states) => {
        const chain = chainOf();
        const replica = new Replica(true);
        let entities = 0;
        for (const state of states) {
          const { text, receipt } = await exported(state, chain);
          replica.apply(text);
          expect(replica.sorted).toEqual(new Replica(true).apply((await exported(state)).text).sorted);
          const { read, added = 0, written, filtered, rejected, delta } = receipt;
          expect(read + added).toBe(written + filtered + rejected);
          expect(delta?.deleted).toBe(added);
          expect(delta?.unchanged).toBe(filtered);
          expect((delta?.new ?? 0) + (delta?.changed ?? 0)).toBe(written - added);
          entities += (delta?.new ?? 0) - added;
          expect(entities).toBe(replica.entities.size);
        }
      }),
      runs(15),
    );
  });

  test('for those who know entities by id, where each is there once, also when types change', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(entity, { maxLength: 8, selector: (text) => JSON.stringify(JSON.parse(text).id) }), {
          minLength: 2,
          maxLength: 5,
        }),
        async (states) => {
          const chain = chainOf();
          const replica = new Replica(false);
          for (const state of states) {
            replica.apply((await exported(state, chain)).text);
            expect(replica.sorted).toEqual(new Replica(false).apply((await exported(state)).text).sorted);
          }
        },
      ),
      runs(15),
    );
  });

  test.each<[string, (line: string) => unknown]>([
    ['as numbers or texts', (line) => JSON.parse(line).id],
    ['as texts, whatever they are', (line) => String(JSON.parse(line).id)],
    ['as they are written', (line) => /"id":("[^"]*"|[^,}]+)/.exec(line)?.[1]],
    ['as they are written, without quotes', (line) => /"id":"?([^",}]+)/.exec(line)?.[1]],
  ])('for those who read ids %s, where each is there once in any form', async (_, idOf) => {
    const forms = ['1', '"1"', '1.0', '1e0', '"1.0"', '10', '1E1', '-0', '0', '9007199254740993', '9007199254740992.0'];
    const state = fc.uniqueArray(
      fc
        .tuple(fc.constantFrom(...forms), fc.constantFrom('"a"', '"b"'), fc.integer({ min: 0, max: 1 }))
        .map(([id, type, value]) => `{"id":${id},"type":${type},"value":${value}}`),
      { maxLength: 5, selector: (line) => String(Number(JSON.parse(line).id)) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 2, maxLength: 4 }), async (states) => {
        const chain = chainOf();
        const replica = new Replica(false, idOf);
        for (const lines of states) {
          replica.apply((await exported(lines, chain)).text);
          expect(replica.sorted).toEqual([...lines].sort());
        }
      }),
      runs(15),
    );
  });

  test('of thousands of entities, in any order', async () => {
    const chain = chainOf();
    const replica = new Replica(true);
    const state = (step: number) =>
      Array.from({ length: 3000 }, (_, at) => (at * 7919) % 3000)
        .filter((at) => at % 11 !== step)
        .map((at) => JSON.stringify({ id: `e${at}`, type: 'product', value: at % 97 === step ? step : 0 }));
    for (const step of [0, 1, 2]) replica.apply((await exported(state(step), chain)).text);
    expect(replica.sorted).toEqual([...state(2)].sort());
    const { text, receipt } = await exported(state(2).reverse(), chain);
    expect(text).toBe('');
    expect(receipt.delta).toEqual({ new: 0, changed: 0, unchanged: state(2).length, deleted: 0 });
  });
});

describe('a delta', () => {
  const FIRST = ['{"id":"1","type":"a","v":1}', '{"id":"2","type":"a","v":1}', '{"id":"3","type":"a","v":1}'];

  test('has what is new or changed, then a record for each deleted entity', async () => {
    const chain = chainOf();
    await exported(FIRST, chain);
    const { text, receipt } = await exported(['{"id":"4","type":"a"}', '{"id":"2","type":"a","v":2}', FIRST[0]], chain);
    expect(text).toBe('{"id":"4","type":"a"}\n{"id":"2","type":"a","v":2}\n{"id":"3","type":"a","action":"delete"}\n');
    expect(receipt).toMatchObject({
      read: 3,
      added: 1,
      written: 3,
      filtered: 1,
      delta: { new: 1, changed: 1, unchanged: 1, deleted: 1 },
    });
  });

  test('has the record of the old type before the entity of the new type', async () => {
    const chain = chainOf();
    await exported(FIRST, chain);
    const { text } = await exported([FIRST[0], '{"id":"2","type":"b"}', FIRST[2]], chain);
    expect(text).toBe('{"id":"2","type":"a","action":"delete"}\n{"id":"2","type":"b"}\n');
  });

  test('has what changes in the fields that are written only', async () => {
    const chain = { ...chainOf(), request: { fields: { include: ['id', 'v'] } } };
    await exported(FIRST, chain);
    const { text } = await exported([FIRST[0].replace('"a"', '"b"'), FIRST[1].replace('1}', '2}'), FIRST[2]], chain);
    expect(text).toBe('{"id":"2","v":2}\n');
  });

  test('is complete, with a note, where the index that it would replace is missing', async () => {
    const { text, receipt } = await exported(FIRST, chainOf());
    expect(text.split('\n')).toHaveLength(4);
    expect(receipt.notes.map(({ code }) => code)).toEqual(['DELTA_IS_FULL']);
  });

  test('may be made against the same index again and again', async () => {
    const first = fresh();
    await exported(FIRST, { deltaTo: first });
    for (let time = 0; time < 2; time++) {
      expect((await exported(FIRST.slice(1), { deltaFrom: first })).receipt.delta?.deleted).toBe(1);
    }
  });

  test.each([
    ['an id in another member', { idField: 'sku' }, '{"sku":7,"type":"a"}', '{"sku":7,"type":"a","action":"delete"}\n'],
    [
      'an id further down',
      { idField: '_id.oid', typeField: '_id.t' },
      '{"_id":{"oid":"x","t":"y"},"v":1}',
      '{"_id":{"oid":"x","t":"y"},"action":"delete"}\n',
    ],
  ])('marks a deleted entity with %s', async (_, options, line, expected) => {
    const chain = { ...chainOf(), ...options };
    await exported([line], chain);
    expect((await exported([], chain)).text).toBe(expected);
  });

  test.each(['json', 'array', 'ndjson', 'dsv'] as const)('is written as %s too', async (format) => {
    const chain = { ...chainOf(), format };
    await exported(FIRST, chain);
    const { text, receipt } = await exported([FIRST[0], '{"id":"9","type":"a"}'], chain);
    expect(text).toContain('delete');
    expect(receipt).toMatchObject({ written: 3, files: [{ records: 3 }] });
  });

  test('of objects is that of their text', async () => {
    const path = fresh();
    const source = () => objects(FIRST.map((line) => JSON.parse(line)));
    await exportEntities({ source: source(), deltaTo: path }).toBuffer();
    const { receipt } = await exported(FIRST.slice(1), { deltaFrom: path });
    expect(receipt.delta).toEqual({ new: 0, changed: 0, unchanged: 2, deleted: 1 });
    const changed = exportEntities({
      source: objects([{ ...JSON.parse(FIRST[0]), type: 'b' }]),
      format: 'ndjson',
      deltaFrom: path,
    });
    expect((await changed.toBuffer()).toString().split('\n').slice(0, 2)).toEqual([
      '{"id":"1","type":"a","action":"delete"}',
      '{"id":"1","type":"b","v":1}',
    ]);
  });

  test('never reports as deleted what may be among rejected records, and does so later', async () => {
    const chain = { ...chainOf(), onError: 'skip' as const };
    await exported(FIRST, chain);
    const faulty = await exported([FIRST[0], '{"id":"2","type":"a","v":}', '{"id":"4","type":"a"}'], chain);
    expect(faulty.text).toBe('{"id":"4","type":"a"}\n');
    expect(faulty.receipt).toMatchObject({ rejected: 1, delta: { deleted: 0, held: 2 } });
    expect(faulty.receipt.notes.map(({ code }) => code)).toEqual(['DELETIONS_HELD']);
    const mended = await exported([FIRST[0], FIRST[1]], chain);
    expect(mended.receipt.delta).toEqual({ new: 0, changed: 0, unchanged: 2, deleted: 2 });
  });

  test('writes all of several entities with one id each time, and says so', async () => {
    const chain = chainOf();
    const twice = ['{"id":"1","v":1}', '{"id":"1","v":2}'];
    expect((await exported(twice, chain)).receipt.delta).toMatchObject({ new: 1, changed: 1, repeated: 1 });
    const { text, receipt } = await exported([...twice].reverse(), chain);
    expect(text).toBe('{"id":"1","v":1}\n');
    expect(receipt.notes.map(({ code }) => code)).toEqual(['REPEATED_IDS']);
  });
});

describe('refused by name', () => {
  const LINES = ['{"id":"1","type":"a"}'];

  test.each([
    ['maxRecords', { request: { maxRecords: 5 } }],
    ['skip', { request: { skip: 5 } }],
    ['the id', { request: { fields: { include: ['type'] } } }],
    ['the id', { request: { fields: { exclude: ['id'] } } }],
  ])('%s', async (what, options) => {
    await expect(exported(LINES, { deltaTo: fresh(), ...options })).rejects.toMatchObject({
      code: 'INVALID',
      path: 'deltaTo',
      message: expect.stringContaining(what),
    });
  });

  test('a delta that is read as a stream, whose index would get ahead of what becomes of it', async () => {
    const stream = exportEntities({ source: objects([{ id: '1' }]), deltaTo: fresh() });
    await expect(stream.toArray()).rejects.toMatchObject({ code: 'INVALID', path: 'deltaTo' });
  });

  test.each(['{"type":"a"}', '{"id":null}', '{"id":{"a":1}}'])(
    'an entity without an id, also where faults are skipped: %s',
    async (line) => {
      await expect(exported([LINES[0], line], { deltaTo: fresh(), onError: 'skip' })).rejects.toMatchObject({
        code: 'NOT_AN_ENTITY',
        recordIndex: 1,
      });
    },
  );

  test.each([
    ['filters', { request: { types: ['b'] } }],
    ['fields', { request: { fields: { include: ['id'] } } }],
    ['ids', { idField: 'type' }],
  ])('an index of other %s', async (what, options) => {
    const path = fresh();
    await exported(LINES, { deltaTo: path });
    const before = await readFile(path);
    await expect(exported(LINES, { ...chainOf(path), ...options })).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
      message: expect.stringContaining(what),
    });
    expect(await readFile(path)).toEqual(before);
  });

  test('an index that was cut anywhere, or in which a byte was changed', async () => {
    const path = fresh();
    await exported([...LINES, '{"id":"2"}'], { deltaTo: path });
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length));
      await expect(exported(LINES, chainOf(path))).rejects.toMatchObject({ code: 'VERIFY_FAILED', path });
    }
    for (let at = 0; at < whole.length; at += 5) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1;
      await writeFile(path, changed);
      await expect(exported(LINES, chainOf(path))).rejects.toThrow(path);
    }
  });

  test('a file of something else, which stays', async () => {
    const path = fresh();
    await writeFile(path, 'my notes\n');
    await expect(exported(LINES, chainOf(path))).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await expect(exported(LINES, { deltaTo: path })).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await readFile(path, 'utf8')).toBe('my notes\n');
    await expect(exported(LINES, { deltaFrom: folder })).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await expect(exported(LINES, { deltaFrom: fresh() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('an export that fails leaves the index as it was, and nothing else', async () => {
  const path = fresh();
  const chain = chainOf(path);
  await exported(['{"id":"1"}'], chain);
  const before = await readFile(path);
  const files = await readdir(folder);
  await expect(exported(['{"id":"2"}', '{"id":'], chain)).rejects.toMatchObject({ code: 'INVALID_JSON' });
  const out = join(folder, 'taken.json');
  await writeFile(out, '');
  await expect(exportEntities({ source: objects([{ id: '2' }]), ...chain }).toFile(out)).rejects.toMatchObject({
    code: 'DESTINATION_EXISTS',
  });
  await rm(out);
  expect(await readFile(path)).toEqual(before);
  expect(await readdir(folder)).toEqual(files);
});
