/** Tables, and files by value, in slices: cut after every checkpoint and resumed, they have the bytes of an uninterrupted one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../src/sources/files.js';
import { runs } from '../runs.js';
import { failureOf } from '../sources/outcome.js';
import { cutting, NOTHING, type Planned } from './cut-slices.js';
import { exportPlanned, planFiles } from './export-planned.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tables-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { attempt, cutEvery } = cutting(() => folder);

/** Entities of the platform, with more attributes, locales and relationships the later they come. */
function products(count: number): string {
  const entity = (index: number) => ({
    id: `p${index}`,
    name: index % 5 === 0 ? undefined : `=name ${index}`,
    type: 'product',
    more: index,
    properties: { createdBy: 'me' },
    data: {
      attributes: {
        color: { values: [{ value: `c${index}`, locale: index % 3 === 0 ? 'de-DE' : 'en-US' }] },
        [`a${Math.floor(index / 7)}`]: { values: [{ value: index, uom: 'cm' }, { value: 'x'.repeat(index) }] },
        nested: { group: [{ inner: { values: [{ value: index, locale: 'en-US' }] } }] },
      },
      relationships: index % 4 === 0 ? { parts: [{ relTo: { id: `r${index}`, type: 'part' } }] } : {},
      contexts: index % 6 === 0 ? [{ context: { list: `l${index}` }, attributes: {} }] : [],
    },
  });
  return Array.from({ length: count }, (_, index) => `${JSON.stringify(entity(index))}\n`).join('');
}

/** Flat entities, with a member more every few of them, and members twice. */
function flat(count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `{"id":"e${index}","n":${index}.50,"m${Math.floor(index / 9)}":{"deep":${index}},"tags":["a","b"],"kind":${index < 9 ? null : index % 5},"t":"+\\u0000${index}"` +
      `${index % 10 === 0 ? ',"n":null,"e":{}' : ''},"long":"${'ab \\"c\\" '.repeat(index % 4)}"}\n`,
  ).join('');
}

const [FLAT, PRODUCTS, FAULTY] = ['flat', 'products', 'faulty'];
beforeAll(async () => {
  await writeFile(join(folder, FLAT), flat(70));
  await writeFile(join(folder, PRODUCTS), products(40));
  await writeFile(join(folder, FAULTY), flat(70).replaceAll('"id":"e1', '"id":!"e1'));
  await writeFile(join(folder, 'long'), `${flat(5)}{"id":"long","text":"${'x'.repeat(40_000)}"}\n${flat(30)}`);
});

const table = { format: 'dsv', pack: 'none', reads: 900 } as const;
const byKind = { pack: 'zip', splitBy: 'kind', reads: 900 } as const;
const workbook = { format: 'xlsx', pack: 'none', reads: 900 } as const;

const TABLES: readonly (readonly [string, readonly string[], Planned])[] = [
  ['a column for each path', [FLAT], table],
  [
    'listed columns, before others',
    [FLAT],
    { ...table, request: { fields: { include: ['n', 'none', 'm3', 'id', 'm1'] } } },
  ],
  ['rows for elements', [FLAT], { ...table, dsv: { layout: 'fields', arrays: 'explode', bom: true } }],
  ['texts that Excel keeps', [FLAT], { ...table, dsv: { layout: 'fields', excel: 'de-DE', nullText: 'NULL' } }],
  ['in gzip', [FLAT, FLAT], { ...table, pack: 'gzip' }],
  ['in a zip', [FLAT], { ...table, pack: 'zip' }],
  [
    'several files in a zip',
    [FLAT, FLAT],
    { ...table, pack: 'zip', files: { split: { maxRecords: 9 }, manifest: true } },
  ],
  ['a limit', [FLAT], { ...table, request: { maxRecords: 41 } }],
  ['rejected records', [FAULTY], { ...table, onError: 'skip' }],
  ['nothing', [FLAT], { ...table, request: { types: ['none'] } }],
  ['the layout of the platform', [PRODUCTS], table],
  ['entities and relationships in two files', [PRODUCTS], { ...table, pack: 'zip', dsv: { multiFile: true } }],
  ['paths of the layout of the platform', [PRODUCTS], { ...table, dsv: { layout: 'fields' } }],
  ['paths, and then entities of the platform', [FLAT, PRODUCTS], table],
  ['a workbook', [FLAT], workbook],
  [
    'a workbook of listed columns',
    [FLAT],
    { ...workbook, request: { fields: { include: ['n', 'none', 'm3', 'id', 'm1'] } } },
  ],
  ['a workbook with a long text', ['long'], workbook],
  ['a workbook that is not deflated', [FLAT], { ...workbook, level: 0 }],
  ['workbooks in a zip', [FLAT], { ...workbook, pack: 'zip', files: { split: { maxRecords: 9 } } }],
  ['a workbook of the platform', [PRODUCTS], workbook],
  ['a file for each value', [FLAT, PRODUCTS], { ...byKind, format: 'ndjson' }],
  ['a document for each value', [FLAT], { ...byKind, format: 'json', level: 0, files: { manifest: true } }],
  ['a table for each value', [FLAT], { ...byKind, format: 'dsv' }],
  ['a workbook for each value', [FLAT], { ...byKind, format: 'xlsx' }],
  ['a file for each value, and a limit', [FLAT], { ...byKind, format: 'ndjson', request: { maxRecords: 41 } }],
  ['a file for each value, and rejected records', [FAULTY], { ...byKind, format: 'ndjson', onError: 'skip' }],
  ['a path without values', [FLAT], { ...byKind, format: 'ndjson', splitBy: 'none' }],
  ['a table in an envelope', [FLAT], { ...table, pack: 'envelope' }],
  ['a table as the blob of an envelope', [FLAT], { ...table, pack: 'envelope', content: 'plain' }],
  ['files for values in an envelope', [FLAT], { ...byKind, format: 'ndjson', pack: 'envelope' }],
];

describe.each(TABLES)('%s', (_name, names, options) => {
  test('has the same bytes when it is cut after every checkpoint', async () => {
    const { files: filesPlan = {}, reads: _reads, ...planned } = options;
    const source = files(...names.map((name) => join(folder, name)));
    const whole = await exportPlanned(source, planFiles(filesPlan, planned), true);
    const { cuts, output, receipt } = await cutEvery(names, options, 1);
    expect(cuts).toBeGreaterThan(3);
    expect(output.equals(whole.output)).toBe(true);
    const { startedAt, durationMs, busyMs, bottleneck, bytesIn, ...proof } = whole.receipt;
    expect(receipt).toMatchObject(proof);
  });
});

/** Objects of few names and values, so that paths meet. */
const anyEntity = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'data'),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('', 'x', '=1', 'a,"b"\n', '\0', '\ud800', null, true, 12, 1.5),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'attributes'), tie('value'), { maxKeys: 3 }),
    ),
  })).value,
  { maxKeys: 4 },
);

test('any entities have the same table', async () => {
  const variant = fc.record({
    format: fc.constantFrom('dsv' as const, 'xlsx' as const),
    arrays: fc.constantFrom('json' as const, 'join' as const, 'explode' as const),
    layout: fc.constantFrom('fields' as const, 'entities' as const, undefined),
    maxRecords: fc.constantFrom(undefined, 4),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntity, { minLength: 1, maxLength: 12 }), variant, async (entities, how) => {
      const { format, arrays, layout, maxRecords } = how;
      await writeFile(join(folder, 'any'), entities.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const options: Planned = {
        format,
        pack: 'zip',
        // A single record with an array of objects would be a document, of which nothing is skipped.
        input: 'lines',
        dsv: layout === 'entities' ? { layout } : { arrays, layout },
        onError: 'skip',
      };
      const filesPlan = { split: { maxRecords } };
      const whole = await exportPlanned(files(join(folder, 'any')), planFiles(filesPlan, options));
      const { output } = await cutEvery(['any'], { ...options, files: filesPlan, reads: 40 }, 1);
      expect(output.equals(whole.output)).toBe(true);
    }),
    runs(15),
  );
});

describe('what was spooled', () => {
  test.each<[string, (spooled: Buffer) => Buffer]>([
    ['and is changed', (spooled) => Buffer.from(spooled.map((byte, index) => (index === 40 ? byte ^ 1 : byte)))],
    ['and is shorter', (spooled) => spooled.subarray(0, 10)],
  ])('%s is refused', async (_what, damage) => {
    const before = await attempt([FLAT], table, NOTHING, 3);
    const error = await failureOf(attempt([FLAT], table, { ...before, spooled: damage(before.spooled) }, 1));
    expect(error).toMatchObject({ code: 'VERIFY_FAILED' });
  });
});
