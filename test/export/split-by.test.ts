/** A file for each value: every entity is in the file of its value, whatever the format. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { unzip } from '../pack/unzip.js';
import { runs } from '../runs.js';

async function split(options: Omit<ExportOptions, 'pack'>) {
  const stream = exportEntities({ id: 'j', splitBy: 'type', input: 'lines', ...options, pack: 'zip' });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const entries = await unzip(Buffer.concat(chunks));
  return {
    files: new Map(entries.map(({ entry, content }) => [entry.fileName, content.toString()])),
    receipt: await stream.receipt,
  };
}

const linesOf = (entities: readonly object[]) => entities.map((entity) => `${JSON.stringify(entity)}\n`).join('');

describe('any entities', () => {
  const value = fc.constantFrom(
    'a',
    'b',
    'A',
    '',
    'a/b',
    'a:b',
    'ä',
    'a\u0308',
    'con',
    '..',
    1,
    true,
    null,
    undefined,
    {},
    ['a'],
  );
  const entities = fc.array(fc.record({ kind: fc.record({ of: value }), n: fc.nat() }), { maxLength: 20 });

  test('are in the file of their value, in their order, from text cut anywhere and from objects', async () => {
    await fc.assert(
      fc.asyncProperty(entities, fc.integer({ min: 1, max: 200 }), async (all, size) => {
        const text = linesOf(all);
        const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
          text.slice(at * size, (at + 1) * size),
        );
        const { files, receipt } = await split({ source: bytes(parts), splitBy: 'kind.of', format: 'ndjson' });
        const naive = new Map<string | undefined, string>();
        for (const entity of all) {
          const { of } = JSON.parse(JSON.stringify(entity)).kind;
          const key = of === null || typeof of === 'object' || of === undefined ? undefined : String(of);
          naive.set(key, `${naive.get(key) ?? ''}${JSON.stringify(entity)}\n`);
        }
        expect([...files.values()]).toEqual(all.length === 0 ? [''] : [...naive.values()]);
        expect(new Set([...files.keys()].map((name) => name.normalize('NFC').toLowerCase())).size).toBe(files.size);
        for (const name of files.keys()) expect(name).toMatch(/^[^/\\:]+\.ndjson$/);
        expect(receipt).toMatchObject({ read: all.length, written: all.length });
        expect(receipt.files.reduce((sum, { records }) => sum + records, 0)).toBe(all.length);
        const parsed = all.map((entity): object => JSON.parse(JSON.stringify(entity)));
        expect((await split({ source: objects(parsed), splitBy: 'kind.of', format: 'ndjson' })).files).toEqual(files);
      }),
      runs(60),
    );
  });
});

test('files have the names of their values, and a stated one for entities without', async () => {
  const all = [
    { type: 'shoe' },
    { id: 1 },
    { type: 'SHOE' },
    { type: 'a/b' },
    { type: null },
    { type: 'shoe', n: 1.5 },
  ];
  const { files } = await split({ source: bytes(linesOf(all)) });
  expect([...files]).toEqual([
    ['shoe.json', '{"entities":[{"type":"shoe"},{"type":"shoe","n":1.5}]}'],
    ['without type.json', '{"entities":[{"id":1},{"type":null}]}'],
    ['SHOE (2).json', '{"entities":[{"type":"SHOE"}]}'],
    ['a_b.json', '{"entities":[{"type":"a/b"}]}'],
  ]);
  expect([...(await split({ source: bytes('') })).files]).toEqual([['without type.json', '{"entities":[]}']]);
});

test('tables have the columns of their entities', async () => {
  const all = [
    { type: 'a', x: 1 },
    { type: 'b', y: '=1' },
    { type: 'a', z: [1, 2] },
    { type: 'c', y: '=2' },
  ];
  const { files, receipt } = await split({ source: bytes(linesOf(all)), format: 'dsv' });
  expect([...files]).toEqual([
    ['a.csv', 'type,x,z\r\na,1,\r\na,,1||2\r\n'],
    ['b.csv', "type,y\r\nb,'=1\r\n"],
    ['c.csv', "type,y\r\nc,'=2\r\n"],
  ]);
  expect(receipt.notes).toMatchObject([{ code: 'GUARDED_CELLS', text: expect.stringContaining('another file') }]);
});

test('more files than a process may open are one after the other, and listed', async () => {
  const all = Array.from({ length: 5000 }, (_, at) => ({ type: `t${at % 2000}`, n: at }));
  const { files, receipt } = await split({ source: bytes(linesOf(all)), manifest: true, format: 'ndjson' });
  expect(files.size).toBe(2001);
  expect(files.get('t7.ndjson')).toBe(linesOf([7, 2007, 4007].map((n) => ({ type: 't7', n }))));
  expect(receipt.files).toHaveLength(2000);
  expect(JSON.parse(files.get('manifest.json') ?? '').files).toHaveLength(2000);
});

test('what waits for its file is on disk when it is much', async () => {
  const text = 'x'.repeat(20_000);
  const all = Array.from({ length: 2000 }, (_, at) => ({ type: at % 3, at, text }));
  const { files } = await split({ source: bytes(linesOf(all)), format: 'ndjson' });
  for (const type of [0, 1, 2]) {
    expect(files.get(`${type}.ndjson`)).toBe(linesOf(all.filter((entity) => entity.type === type)));
  }
});

test('a name of the manifest is not taken by a value', async () => {
  const { files } = await split({ source: bytes('{"type":"manifest"}'), manifest: true });
  expect([...files.keys()]).toEqual(['manifest (2).json', 'manifest.json']);
});

describe('refused by name is', () => {
  test.each<[string, Partial<ExportOptions>]>([
    ['splitBy', { pack: 'none' }],
    ['splitBy', { splitBy: 'tags.*' }],
    ['splitBy', { splitBy: 'a..b' }],
    ['batchSize', { batchSize: 5 }],
    ['maxBytesPerFile', { maxBytesPerFile: 5 }],
    ['dsv.multiFile', { format: 'dsv', dsv: { multiFile: true } }],
  ])('%s in %j', (path, options) => {
    const act = () => exportEntities({ source: bytes('{}'), splitBy: 'type', pack: 'zip', ...options });
    expect(act).toThrow(expect.objectContaining({ path }));
  });
});

test('a fault of the input leaves no files', async () => {
  const source = bytes(['{"type":"a"}\n', '{"type":}\n']);
  const stream = exportEntities({ source, splitBy: 'type', pack: 'zip' });
  const chunks: Buffer[] = [];
  const reading = (async () => {
    for await (const chunk of stream) chunks.push(chunk);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'INVALID_JSON', recordIndex: 1 });
  expect(chunks).toEqual([]);
});

test('a path at which no entity has a value is a note, unless reading ended at a limit', async () => {
  const source = () => bytes([linesOf([{ id: 1 }, { id: 2, kind: null }, { id: 3, kind: {} }])]);
  const { files, receipt } = await split({ source: source(), splitBy: 'kind', format: 'ndjson' });
  expect([...files.keys()]).toEqual(['without kind.ndjson']);
  expect(receipt.notes).toEqual([
    {
      code: 'FIELDS_NOT_FOUND',
      text: 'none of the 3 entities has a text, a number or a boolean at "kind" (option splitBy)',
      counts: { entities: 3 },
    },
  ]);
  const limited = await split({ source: source(), splitBy: 'kind', format: 'ndjson', request: { maxRecords: 2 } });
  expect(limited.receipt.notes).toEqual([]);
  const found = await split({ source: bytes([linesOf([{ id: 1 }, { kind: 0 }])]), splitBy: 'kind', format: 'ndjson' });
  expect(found.receipt.notes).toEqual([]);
});

test('values whose names are equal are numbered, thousands of them too', async () => {
  const long = 'x'.repeat(250);
  const values = Array.from({ length: 5000 }, (_, index) => `${long}${index}`);
  const source = bytes([linesOf(['..', '....', 'a', 'A', ...values].map((type) => ({ type })))]);
  const { files } = await split({ source, format: 'ndjson' });
  const names = [...files.keys()];
  expect(names.slice(0, 4)).toEqual(['_.ndjson', '_ (2).ndjson', 'a.ndjson', 'A (2).ndjson']);
  expect(names).toHaveLength(5004);
  expect(names.at(-1)).toBe(`${'x'.repeat(40)} (5000).ndjson`);
});

test('gzip is refused, unless the result goes to a folder', async () => {
  const stream = () => exportEntities({ source: bytes('{}'), splitBy: 'type', pack: 'gzip' });
  await expect(stream().toBuffer()).rejects.toMatchObject({ code: 'INVALID', path: 'splitBy' });
  const read = stream();
  await expect(read.toArray()).rejects.toMatchObject({ code: 'INVALID', path: 'splitBy' });
  await expect(read.receipt).rejects.toMatchObject({ path: 'splitBy' });
});
