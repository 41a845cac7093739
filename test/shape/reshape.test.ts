/** Entities inside records: every way to read them gives what the naive evaluator does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { formatPath, parseNames } from '../../src/terms/path.js';
import { chunked, chunkSizes } from '../naive/arbitraries.js';
import { type NaiveShape, naiveEntities, naiveText } from '../naive/shape.js';
import { runs } from '../runs.js';
import { type Outcome, ofLines, run } from './outcome.js';

const SHAPES: readonly (NaiveShape & { readonly text: readonly string[] })[] = [
  { unwrap: ['doc'], text: [] },
  { unwrap: ['doc'], text: ['_id'] },
  { unwrap: ['doc', 'after'], text: ['_id', 'meta.n', 'new=doc.before'] },
  { unwrap: ['doc', 'list', '0'], text: ['__proto__', 'meta'] },
  { unwrap: ['meta'], text: ['id', 'doc'] },
  { unwrap: ['doc', 'after', 'after'], text: ['x\\=y=doc.list.1', '/_id'] },
  { unwrap: [], explode: ['list'], text: [] },
  { unwrap: [], explode: ['doc', 'list'], text: [] },
  { unwrap: ['doc'], explode: ['doc', 'list'], text: [] },
  { unwrap: ['doc'], explode: ['doc', 'after', 'list'], text: ['_id', 'meta'] },
  { unwrap: ['list'], explode: ['list'], text: [] },
  { unwrap: ['list'], explode: ['list'], text: ['_id', 'm=meta.n'] },
  { unwrap: ['doc', 'list', 'after'], explode: ['doc', 'list'], text: [] },
  { unwrap: ['doc', 'list', '0'], explode: ['doc', 'list'], text: ['id', 'doc.list.1'] },
].map(({ unwrap, text, explode = [] }) => ({
  unwrap,
  explode,
  text,
  keep: text.map((one) => {
    const [, name, path] = /^((?:[^\\=]|\\.)+)=(.*)$/.exec(one) ?? [];
    const names = parseNames(path ?? one, 'keep');
    return { name: name?.replaceAll('\\', '') ?? names[names.length - 1], path: names };
  }),
}));

const scalar = fc.constantFrom('a', 'b', 'é', 7, 1.5, true, null, '');
const name = fc.constantFrom('id', '_id', 'type', 'n', 'new', 'x', '__proto__', 'after', 'list', 'é', '0');
const value = fc.letrec<{ value: unknown; members: object }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value'), { maxLength: 2 }), tie('members')),
  members: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 4 })
    .map((members): object => Object.fromEntries(members)),
}));
const oftenMembers = fc.oneof({ weight: 3, arbitrary: value.members }, value.value);
const doc = fc.oneof(
  oftenMembers,
  fc.record(
    { after: oftenMembers, before: value.value, id: scalar, list: fc.array(oftenMembers) },
    { requiredKeys: [] },
  ),
);
const record = fc.record({ _id: value.value, doc, id: scalar, meta: oftenMembers, type: scalar }, { requiredKeys: [] });

/** Records, of which some are tombstones. */
const recordsOf = (maxLength: number) =>
  fc.array(fc.oneof({ weight: 8, arbitrary: record }, { weight: 1, arbitrary: fc.constant(null) }), { maxLength });

/** The records that a shape can have: a `null` is no fault only where entities are inside their records. */
function possible(records: readonly (object | null)[], { shape }: Asked): readonly (object | null)[] {
  return shape.unwrap.length > 0 ? records : records.filter((one) => one !== null);
}

const asked = fc.record({
  shape: fc.constantFrom(...SHAPES),
  idField: fc.constantFrom('id', '_id', '_id.n', 'x.0', 'after.id'),
  types: fc.option(fc.constantFrom('a', 'b', '7')),
  ids: fc.option(fc.constantFrom('a', '7', 'é')),
  onError: fc.constantFrom('stop', 'skip'),
  trust: fc.boolean(),
});

type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

/** The expected lines, counts, and the record of the first fault. */
function expected(records: readonly (object | null)[], { shape, idField, types, ids, onError }: Asked) {
  const entities: object[] = [];
  const rejected: number[] = [];
  let nothing = 0;
  let filtered = 0;
  let seen = 0;
  let added = 0;
  for (const [index, one] of records.entries()) {
    const made = naiveEntities(one, shape);
    if (made === 'clash') {
      if (onError === 'stop') return { entities, fault: index, rejected, filtered, nothing, seen, added };
      rejected.push(index);
      continue;
    }
    seen += made.length;
    added += made.length - 1;
    for (const entity of made) {
      if (entity === 'nothing') nothing++;
      const isWanted =
        entity !== 'nothing' &&
        (types === null || naiveText(entity, ['type']) === types) &&
        (ids === null || naiveText(entity, parseNames(idField, 'idField')) === ids);
      if (isWanted) entities.push(entity);
      else filtered++;
    }
  }
  return { entities, rejected, filtered, nothing, seen, added };
}

function optionsOf({ shape, idField, types, ids, onError }: Asked): Omit<ExportOptions, 'source'> {
  return {
    request: { ...(types === null ? {} : { types: [types] }), ...(ids === null ? {} : { ids: [ids] }) },
    ...(shape.unwrap.length > 0 ? { unwrap: formatPath(shape.unwrap) } : {}),
    ...(shape.explode.length > 0 ? { explode: formatPath(shape.explode) } : {}),
    ...(shape.text.length > 0 ? { keep: shape.text } : {}),
    ...{ idField, uniqueIds: false, onError },
  };
}

function compare(records: readonly (object | null)[], said: Asked, { lines, receipt, error, rejects }: Outcome): void {
  const { entities, fault, rejected, filtered, nothing, seen, added } = expected(records, said);
  if (fault !== undefined) {
    expect(error).toMatchObject({ code: 'DUPLICATE_KEY', recordIndex: fault });
    return;
  }
  expect(error).toBeUndefined();
  expect(lines.map((line) => JSON.parse(line))).toEqual(entities);
  const counts = { read: records.length, written: entities.length, filtered, rejected: rejected.length };
  expect(receipt).toMatchObject(added > 0 ? { ...counts, added } : counts);
  expect(rejects.map(({ recordIndex }) => recordIndex)).toEqual(rejected);
  for (const { recordIndex, raw } of rejects) expect(JSON.parse(raw)).toEqual(records[recordIndex]);
  const notes =
    receipt?.notes.filter(({ code, text }) => code === 'NOTHING_AT_PATH' && text.includes('where the entity is')) ?? [];
  expect(notes.map((note) => note.counts)).toEqual(nothing > 0 ? [{ records: seen, nothing }] : []);
}

const LIMIT_MS = 60_000;

describe('entities inside records', () => {
  test(
    'are those of the naive evaluator, in lines that come in any chunks',
    async () => {
      const property = fc.asyncProperty(recordsOf(6), asked, chunkSizes, async (given, said, sizes) => {
        const all = possible(given, said);
        const input = all.map((one) => `${JSON.stringify(one)}\n`).join('');
        const source = bytes(chunked(Buffer.from(input), sizes));
        const { trust } = said;
        const outcome = await run({ ...optionsOf(said), source, input: 'lines', trust });
        compare(all, said, outcome);
        // Nothing is kept around the entity: its very text.
        const isPart = said.shape.keep.length === 0 && said.shape.explode.length === 0;
        if (isPart) for (const line of outcome.lines) expect(input).toContain(line);
      });
      await fc.assert(property, runs(600));
    },
    LIMIT_MS,
  );

  test(
    'are those of the naive evaluator, in an array or a sequence with white space',
    async () => {
      const property = fc.asyncProperty(
        recordsOf(6),
        asked,
        chunkSizes,
        fc.constantFrom('array' as const, 'sequence' as const),
        async (given, said, sizes, form) => {
          const all = possible(given, said);
          const input = JSON.stringify(all, null, 1);
          const onError = 'stop';
          const source = bytes(chunked(Buffer.from(input), sizes));
          const outcome = await run({ ...optionsOf({ ...said, onError }), source, input: form, format: 'array' });
          const lines = outcome.error
            ? []
            : JSON.parse(outcome.lines.join('\n')).map((one: unknown) => JSON.stringify(one));
          compare(all, { ...said, onError }, { ...outcome, lines });
        },
      );
      await fc.assert(property, runs(300));
    },
    LIMIT_MS,
  );

  test(
    'are those of the naive evaluator, of objects',
    async () => {
      const property = fc.asyncProperty(recordsOf(6), asked, async (given, said) => {
        const all = possible(given, said);
        compare(all, said, await run({ ...optionsOf(said), source: objects(all) }));
      });
      await fc.assert(property, runs(400));
    },
    LIMIT_MS,
  );

  test(
    'are those of the naive evaluator, read by stream-json',
    async () => {
      const forms = fc.constantFrom('array' as const, 'sequence' as const);
      const property = fc.asyncProperty(recordsOf(4), asked, forms, async (given, said, form) => {
        const all = possible(given, said);
        const input = form === 'array' ? JSON.stringify(all) : all.map((one) => JSON.stringify(one)).join('\n');
        const { onError, ...options } = optionsOf(said);
        const outcome = await run({ ...options, source: bytes([input]), input: form, reader: 'stream-json' });
        compare(all, { ...said, onError: 'stop' }, outcome);
      });
      await fc.assert(property, runs(100));
    },
    LIMIT_MS,
  );
});

test.each([
  ['lines', '{"a":{"n":1}}\nnull\n null\t\n{"a":null}\nnull'],
  ['sequence', '{"a":{"n":1}}null,null\x1enull {"a":null}'],
  ['array', '[null,{"a":{"n":1}},null , {"a":null},null]'],
  ['document', '{"rows":{"x":{"a":{"n":1}},"y":null,"z":null,"v":{"a":null},"w":null}}'],
] as const)('a record that is null, of %s, has no entity in it', async (input, text) => {
  for (const reader of ['scan', 'stream-json'] as const) {
    const path = input === 'document' ? { path: 'rows.*' } : {};
    const source = () => bytes(reader === 'scan' ? chunked(Buffer.from(text), [1]) : [text]);
    const { lines, receipt } = await run({ source: source(), input, ...path, unwrap: 'a', reader });
    expect(lines).toEqual(['{"n":1}']);
    expect(receipt).toMatchObject({ read: 5, written: 1, filtered: 4 });
    const counts = { records: 5, nothing: 4 };
    expect(receipt?.notes).toMatchObject([{ code: 'NOTHING_AT_PATH', counts }]);
    // Where the record is the entity, there is none.
    expect((await run({ source: source(), input, ...path, reader })).error?.code).toBe('NOT_AN_ENTITY');
  }
});

test.each(['nul', 'nulls', 'nullnull', 'null null', 'true', 'nil'])('a line of %s is no record', async (text) => {
  for (const reader of ['scan', 'stream-json'] as const) {
    const { error } = await run({ source: bytes([`${text}\n`]), input: 'lines', unwrap: 'a', reader });
    expect(error?.recordIndex).toBeLessThan(2);
  }
});

describe('an unwrapped entity', () => {
  test('keeps its text: digits, escapes, white space, order', async () => {
    const entity = '{ "b" : 1.0,"a":12345678901234567890, "\\u0063":"\\/" }';
    const { lines } = await ofLines(`{"_id":1,"_source":${entity}}\n`, { unwrap: '_source' });
    expect(lines).toEqual([entity]);
  });

  test('gets kept members in front, in the order asked for, with their text', async () => {
    const input = '{"b":1.0,"doc":{ "x":[] },"a":{ "v" : 1e400 }}\n{"doc":{},"b":2}\n{"doc":{}}\n';
    const { lines, receipt } = await ofLines(input, { unwrap: 'doc', keep: ['a.v', 'b', 'c'] });
    expect(lines).toEqual(['{"v":1e400,"b":1.0, "x":[] }', '{"b":2}', '{}']);
    expect(receipt?.notes).toMatchObject([
      { code: 'NOTHING_AT_PATH', text: 'none of the 3 entities has a member at "c" in its record (option keep)' },
    ]);
  });

  test('is found by a name that is spelled by escapes', async () => {
    const { lines } = await ofLines('{"_so\\u0075rce":{"\\u0069d":"a"}}\n', {
      unwrap: '_source',
      request: { ids: ['a'] },
    });
    expect(lines).toEqual(['{"\\u0069d":"a"}']);
  });

  test('that is absent, null or of another kind is filtered, and told with counts', async () => {
    const input = '{"doc":{"id":1}}\n{"doc":null}\n{}\n{"doc":[{"id":2}]}\n{"doc":"{}"}\n';
    const { lines, receipt } = await ofLines(input, { unwrap: 'doc' });
    expect(lines).toEqual(['{"id":1}']);
    expect(receipt).toMatchObject({ read: 5, written: 1, filtered: 4, rejected: 0 });
    expect(receipt?.notes).toEqual([
      {
        code: 'NOTHING_AT_PATH',
        text: '4 of the 5 records have no object at "doc", where the entity is; there is an array: its elements are entities with explode "doc" too (--explode)',
        counts: { records: 5, nothing: 4 },
      },
    ]);
  });

  test('that no record has is a note of its own', async () => {
    const { receipt } = await ofLines('{"id":1}\n{"id":2}\n', { unwrap: 'dok.after' });
    expect(receipt?.notes).toMatchObject([
      { text: 'none of the 2 records has an object at "dok.after", where the entity is' },
    ]);
  });

  test('counts up to the limit that ends the run', async () => {
    const input = '{"doc":null}\n{"doc":{"id":1}}\n{"doc":null}\n{"doc":null}\n';
    const source = bytes([input]);
    const { lines, receipt } = await run({ source, unwrap: 'doc', request: { maxRecords: 1 } });
    expect(lines).toEqual(['{"id":1}']);
    expect(receipt).toMatchObject({ read: 2, written: 1, filtered: 1, stoppedBy: 'limit' });
    expect(receipt?.notes).toMatchObject([{ counts: { records: 2, nothing: 1 } }]);
  });

  const lists = ['7', '{"x":{}}', '[]', '[{"x":{}}]', '[7,{"x":{}},7]', '[{"x":{}},{"x":[]}]'].map(
    (list) => `{"list":${list}}\n`,
  );
  const shapes = [{ unwrap: 'list' }, { explode: 'list' }, { explode: 'list', unwrap: 'list.x' }] as const;
  test('counts up to the limit whatever the chunks', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...lists), { maxLength: 6 }),
        fc.constantFrom(...shapes),
        fc.integer({ min: 1, max: 4 }),
        async (records, shape, maxRecords) => {
          const upTo = async (chunks: readonly string[]) => {
            const { receipt } = await run({ ...shape, source: bytes(chunks), input: 'lines', request: { maxRecords } });
            const { read, written, filtered, added, stoppedBy, notes } = receipt ?? {};
            return { read, written, filtered, added, stoppedBy, notes };
          };
          expect(await upTo([records.join('')])).toEqual(await upTo(records));
        },
      ),
      runs(100),
    ));
});

describe('a record', () => {
  const good = '{"doc":{"id":1}}\n';

  test.each([
    ['beside the entity', '{"doc":{"id":2},"x":[1,]}\n', 'INVALID_JSON', 40],
    ['before the entity', '{"x":01,"doc":{"id":2}}\n', 'INVALID_JSON', 23],
    ['in the entity', '{"doc":{"id":2,"x":tru},"y":0}\n', 'INVALID_JSON', 39],
    ['of an entity that comes twice', '{"doc":{"id":2},"doc":{"id":3}}\n', 'DUPLICATE_KEY', 33],
    ['of a kept member that comes twice', '{"k":1,"doc":{"id":2},"k":2}\n', 'DUPLICATE_KEY', 39],
    ['of a second id', '{"doc":{"id":2,"i\\u0064":3}}\n', 'DUPLICATE_KEY', 32],
    ['of a kept member that the entity has', '{"k":1,"doc":{"k":2}}\n', 'DUPLICATE_KEY', 31],
    ['that is cut', '{"doc":{"id":2}', 'TRUNCATED', 32],
  ])('with a fault %s ends the export at its place, or is rejected whole', async (_, faulty, code, byteOffset) => {
    const options = { unwrap: 'doc', keep: 'k' };
    const stopped = await ofLines(good + faulty, options);
    expect(stopped.error).toMatchObject({ code, recordIndex: 1, byteOffset, line: 2 });
    const isLast = !faulty.endsWith('\n');
    const skipped = await ofLines(good + faulty + (isLast ? '' : good), { ...options, onError: 'skip' });
    expect(skipped.lines).toEqual(isLast ? ['{"id":1}'] : ['{"id":1}', '{"id":1}']);
    expect(skipped.rejects).toEqual([{ recordIndex: 1, raw: faulty.trimEnd(), code }]);
  });

  test("may have other members twice, also an id that is not the entity's", async () => {
    const { lines } = await ofLines('{"id":1,"id":2,"x":1,"x":2,"doc":{"y":1,"y":2}}\n', { unwrap: 'doc' });
    expect(lines).toEqual(['{"y":1,"y":2}']);
  });

  test('that is trusted is not checked around its entity', async () => {
    const { lines } = await ofLines('{"x":[tru],"doc":{"id":1},"doc":{}}\n', { unwrap: 'doc', trust: true });
    expect(lines).toEqual(['{"id":1}']);
  });
});

describe('an id that is deeper', () => {
  const input = '{"_id":{"$oid":"a"},"n":1}\n{"_id":{"$oid":"b"},"n":2}\n{"_id":"c","n":3}\n{"n":4}\n';

  test('selects by text and by objects, and the entity stays complete', async () => {
    const options = { idField: '_id.$oid', request: { ids: ['b'] }, uniqueIds: false } as const;
    const records = input
      .trimEnd()
      .split('\n')
      .map((line): object => JSON.parse(line));
    for (const source of [bytes([input]), objects(records)]) {
      expect((await run({ ...options, source })).lines).toEqual(['{"_id":{"$oid":"b"},"n":2}']);
    }
  });

  test('is still there after a projection', async () => {
    const { lines } = await ofLines(input, { idField: '/_id/$oid', request: { ids: ['a'], fields: {} } });
    expect(lines).toEqual(['{"_id":{"$oid":"a"}}']);
  });

  test('that nobody has is told by its path', async () => {
    const { receipt } = await ofLines(input, { idField: '_id.oid', request: { ids: ['a'] } });
    expect(receipt?.notes).toMatchObject([{ code: 'MEMBER_MISSING', counts: { entities: 4, absent: 4 } }]);
    expect(receipt?.notes[0].text).toContain('"_id.oid"');
  });

  test('that comes twice is a fault', async () => {
    const twice = '{"_id":{"$oid":"a","$oid":"b"}}\n';
    const options = { idField: '_id.$oid', request: { ids: ['a'] } };
    expect((await ofLines(twice, options)).error).toMatchObject({ code: 'DUPLICATE_KEY', byteOffset: 19 });
    const { rejects } = await ofLines(twice, { ...options, onError: 'skip' });
    expect(rejects).toMatchObject([{ raw: twice.trimEnd() }]);
  });
});

describe('an exploded record', () => {
  const order = '{"no":1.0,"lines":[{"sku":"a","n":1e2}, "b",null],"to":"x"}\n';

  test('has an entity for each element, in the place of the array', async () => {
    const { lines, receipt } = await ofLines(order, { explode: 'lines' });
    expect(lines).toEqual([
      '{"no":1.0,"lines":{"sku":"a","n":1e2},"to":"x"}',
      '{"no":1.0,"lines":"b","to":"x"}',
      '{"no":1.0,"lines":null,"to":"x"}',
    ]);
    expect(receipt).toMatchObject({ read: 1, added: 2, written: 3, filtered: 0 });
  });

  test('with kept members has an entity of each element, or one with the element as a member', async () => {
    const { lines } = await ofLines(order, { explode: 'lines', keep: ['no', 'ship=to'] });
    expect(lines).toEqual([
      '{"no":1.0,"ship":"x","sku":"a","n":1e2}',
      '{"no":1.0,"ship":"x","lines":"b"}',
      '{"no":1.0,"ship":"x","lines":null}',
    ]);
  });

  test('without elements comes once, unchanged, or is filtered where elements are the entities', async () => {
    const none = '{"no":2,"lines":[]}\n{"no":3}\n{"no":4,"lines":null}\n';
    const inPlace = await ofLines(order + none, { explode: 'lines' });
    expect(inPlace.lines.slice(3)).toEqual(none.trimEnd().split('\n'));
    expect(inPlace.receipt).toMatchObject({ read: 4, added: 2, written: 6, filtered: 0, notes: [] });
    const each = await ofLines(order + none, { explode: 'lines', unwrap: 'lines' });
    expect(each.receipt).toMatchObject({ read: 4, added: 2, written: 3, filtered: 3 });
    expect(each.receipt?.notes).toMatchObject([
      {
        counts: { records: 6, nothing: 3 },
        text: '3 of the 6 records and elements have no object at "lines.*", where the entity is (option explode)',
      },
    ]);
    const records = (order + none)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ofObjects = await run({ source: objects(records), explode: 'lines', unwrap: 'lines' });
    expect(ofObjects.receipt?.notes).toStrictEqual(each.receipt?.notes);
  });

  test('whose path no record has is a note', async () => {
    const { receipt } = await ofLines(order, { explode: 'lnes' });
    expect(receipt?.notes).toMatchObject([{ code: 'NOTHING_AT_PATH', text: expect.stringContaining('"lnes"') }]);
    // Later records may have it.
    const limited = await ofLines(`{"no":0}\n${order}`, { explode: 'lines', request: { maxRecords: 1 } });
    expect(limited.receipt).toMatchObject({ read: 1, stoppedBy: 'limit', notes: [] });
  });

  const many = Array.from({ length: 10_000 }, (_, id) => ({ id, type: id % 2 === 0 ? 'even' : 'odd' }));
  const records = [{ lines: many.slice(0, 3) }, { lines: many }, { lines: many.slice(0, 2) }];
  const large = records.map((record) => `${JSON.stringify(record)}\n`).join('');

  test.each([
    ['text', (all: readonly object[]) => bytes(all.map((one) => `${JSON.stringify(one)}\n`).join(''))],
    ['objects', (all: readonly object[]) => objects(all)],
  ])('of %s with many elements counts the same after others in its batch', async (_, source) => {
    const shape = { explode: 'lines', unwrap: 'lines', request: { types: ['odd'], maxRecords: 3000 } } as const;
    const upTo = (...all: readonly object[]) => run({ ...shape, source: source(all) });
    // One read has the end of this record and the large one.
    const other = { lines: [many[0], many[2], many[4]], filler: 'x'.repeat(400_000) };
    const large = { lines: many, filler: 'x'.repeat(50_000) };
    const { receipt: alone } = await upTo(other, large);
    const { receipt: after } = await upTo(other, other, large);
    expect(alone?.stoppedBy).toBe('limit');
    expect(after).toMatchObject({ added: (alone?.added ?? 0) + 2, filtered: (alone?.filtered ?? 0) + 3 });
  });

  test.each([
    ['text', () => bytes([large])],
    ['objects', () => objects(records)],
  ])('of %s with many elements comes in batches that balance, wherever reading ends', async (_, source) => {
    const shape = { explode: 'lines', unwrap: 'lines' } as const;
    const all = await run({ ...shape, source: source() });
    expect(all.lines).toHaveLength(10_005);
    expect(all.receipt).toMatchObject({ read: 3, added: 10_002, written: 10_005, filtered: 0 });
    const odd = await run({ ...shape, source: source(), request: { types: ['odd'], maxRecords: 3000 } });
    expect(odd.lines).toHaveLength(3000);
    expect(odd.receipt).toMatchObject({ read: 2, written: 3000, stoppedBy: 'limit' });
    const { read = 0, added = 0, written = 0, filtered = 0 } = odd.receipt ?? {};
    expect(read + added).toBe(written + filtered);
    const found = await run({ ...shape, source: source(), request: { ids: ['9000', '5'] } });
    expect(found.lines).toEqual(['{"id":5,"type":"odd"}', '{"id":9000,"type":"even"}']);
    expect(found.receipt).toMatchObject({ read: 2, stoppedBy: 'ids' });
  });

  test('is rejected whole where one of its elements has a fault', async () => {
    const faulty = '{"no":1,"lines":[{"sku":"a"},{"no":2}]}\n';
    const options = { explode: 'lines', keep: 'no' };
    const { lines, rejects, receipt } = await ofLines(faulty + order, { ...options, onError: 'skip' });
    expect(lines).toHaveLength(3);
    expect(rejects).toEqual([{ recordIndex: 0, raw: faulty.trimEnd(), code: 'DUPLICATE_KEY' }]);
    expect(receipt).toMatchObject({ read: 2, added: 2, written: 3, rejected: 1 });
    expect((await ofLines('{"lines":[1 2]}\n', { explode: 'lines', trust: true })).error).toMatchObject({
      code: 'INVALID_JSON',
      byteOffset: 12,
    });
  });
});

describe('options of a shape', () => {
  test.each([
    ['keep without unwrap', { keep: '_id' }, 'keep'],
    ['two members of one name', { unwrap: 'doc', keep: ['a.x', 'b.x'] }, 'keep'],
    ['a new name that is a path', { unwrap: 'doc', keep: 'a.b=c' }, 'keep'],
    ['an array beside the entity', { unwrap: 'doc', explode: 'lines' }, 'explode'],
    ['a kept member of the name of elements', { explode: 'lines', keep: 'lines' }, 'keep'],
    ['an empty step', { unwrap: 'doc..x' }, 'unwrap'],
    ['every element', { unwrap: 'items.*' }, 'unwrap'],
    ['every element as id', { idField: '*' }, 'idField'],
    ['keys without a path over members', { idFromKey: true }, 'idFromKey'],
    ['keys for an id that is deeper', { idFromKey: true, path: '*', idField: 'a.b' }, 'idFromKey'],
    ['an id from the key and a kept one', { idFromKey: true, path: '*', unwrap: 'doc', keep: 'id' }, 'idFromKey'],
  ])('%s are refused by name', async (_, options, path) => {
    const refused = () => exportEntities({ source: bytes(['{}']), ...options });
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID', path: expect.stringContaining(path) }));
  });
});
