/** Exports in slices: cut and resumed anywhere, they make the bytes of an uninterrupted one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportSlices } from '../../src/export/export-slices.js';
import { exportEntities } from '../../src/export/run-export.js';
import { catalog } from '../../src/generate/catalog.js';
import { files } from '../../src/sources/files.js';
import type { Source } from '../../src/sources/source.js';
import { bytesUpTo } from '../../src/terms/position.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { cutting, type Made, NOTHING, type Planned } from './cut-slices.js';
import { planFiles } from './export-planned.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-slices-'));
  for (const [form, bytes] of [
    ['lines', 2_600_000],
    ['array', 4_000_000],
    ['document', 8_200_000],
  ] as const) {
    await writeFile(join(folder, form), catalog({ seed: 3, form, bytes }).bytes);
  }
  // Reads without a pause become larger and larger.
  await writeFile(join(folder, 'long lines'), catalog({ seed: 3, form: 'lines', bytes: 4_000_000 }).bytes);
  await writeFile(join(folder, 'long array'), catalog({ seed: 3, form: 'array', bytes: 6_000_000 }).bytes);
  const lines = catalog({ seed: 4, form: 'lines', bytes: 1_500_000 }).bytes;
  await writeFile(join(folder, 'more'), lines);
  await writeFile(join(folder, 'few'), catalog({ seed: 5, form: 'lines', bytes: 700_000 }).bytes);
  await writeFile(
    join(folder, 'faulty'),
    Buffer.concat([lines, Buffer.from('{"id":}\n'), lines, Buffer.from('nil\n')]),
  );
  await writeFile(join(folder, 'gzip'), gzipSync(lines));
  await writeFile(join(folder, 'families'), families(12_000));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Parents with up to 700 children each, and every few thousand records a child without its parent. */
function families(records: number): string {
  let parent = '';
  return Array.from({ length: records }, (_, index) => {
    const isParent = index % 700 === 0 || index % 1000 === 0;
    if (isParent) parent = `p${index}`;
    const above = index % 3001 === 3000 ? 'nobody' : parent;
    const own = isParent ? {} : { parent: above };
    return `${JSON.stringify({ id: isParent ? parent : `c${index}`, type: index % 2000 === 0 ? 'x' : 'y', ...own, text: 'x'.repeat(50) })}\n`;
  }).join('');
}

const { attempt, cutEvery } = cutting(() => folder);

const products = { types: ['product'] };
type Case = readonly [string, readonly string[], Planned];

/** Ways of reading and selecting. */
const READING: readonly Case[] = [
  ['lines to a zip', ['lines'], { request: products, pack: 'zip' }],
  ['lines, trusted', ['lines'], { request: products, pack: 'zip', trust: true }],
  ['an array to an array', ['array'], { request: products, pack: 'zip', format: 'array' }],
  ['a document', ['document'], { request: products, pack: 'zip' }],
  [
    'several files',
    ['lines', 'document', 'more'],
    { pack: 'zip', request: { ...products, fields: { attributes: ['color'] } } },
  ],
  [
    'a selection without matches, noted over all slices',
    ['lines', 'array'],
    {
      request: {
        ids: ['e0000003', 'e0000500', 'none', 'nobody'],
        types: ['product', 'nothing'],
        fields: { attributes: ['noAttribute'] },
      },
      uniqueIds: false,
      pack: 'zip',
    },
  ],
  [
    'objects inside records, some without, with an id from around them',
    ['lines', 'array'],
    {
      pack: 'zip',
      unwrap: 'data.attributes',
      keep: ['id', 'none'],
      request: { ids: ['e0000500', 'x'] },
      uniqueIds: false,
    },
  ],
  ['children in their parents', ['families'], { pack: 'zip', nest: 'parent=children', onError: 'skip' }],
  [
    'children in the parents of one type',
    ['families', 'families'],
    { pack: 'none', format: 'ndjson', nest: 'parent=children', onError: 'skip', request: { types: ['x'] } },
  ],
  ['an entity for each value of an array', ['lines'], { pack: 'zip', explode: 'data.attributes.color.values' }],
  ['a limit', ['array'], { request: { ...products, maxRecords: 250 }, pack: 'zip' }],
  ['rejected lines', ['faulty'], { pack: 'zip', onError: 'skip' }],
  ['ids, found one by one', ['array'], { request: { ids: ['e0000003', 'e0000200', 'e0000900'] }, pack: 'zip' }],
];

/** Ways of writing, which get equal batches from both scanners. */
const WRITING: readonly Case[] = [
  ['all lines to a zip', ['lines'], { pack: 'zip' }],
  ['lines to a stored zip', ['lines'], { request: products, pack: 'zip', level: 0 }],
  ['lines to gzip at level 6', ['lines'], { request: products, pack: 'gzip', level: 6, format: 'ndjson' }],
  ...(hasZstd() ? ([['lines to Zstandard', ['long lines'], { pack: 'zstd', format: 'ndjson' }]] as const) : []),
  ['lines to plain lines', ['lines'], { request: products, pack: 'none', format: 'ndjson' }],
  ['lines to a plain document', ['lines'], { request: products, pack: 'none' }],
  ['no match', ['lines'], { request: { types: ['none'] }, pack: 'zip' }],
  ['to files split by records', ['lines'], { pack: 'zip', files: { split: { maxRecords: 65 } } }],
  ['to stored files split by records', ['array'], { pack: 'zip', level: 0, files: { split: { maxRecords: 80 } } }],
  [
    'to files split by bytes, with a manifest',
    ['lines', 'more'],
    { pack: 'zip', format: 'ndjson', files: { split: { maxBytes: 1_000_000 }, manifest: true } },
  ],
  ['to files smaller than a record', ['few'], { pack: 'zip', files: { split: { maxBytes: 10 }, manifest: true } }],
  [
    'a limit that fits in one file',
    ['array'],
    { request: { ...products, maxRecords: 250 }, pack: 'zip', files: { split: { maxRecords: 250 } } },
  ],
  ['one file with a manifest', ['document'], { pack: 'zip', request: products, files: { manifest: true } }],
  ['an empty file only', ['lines'], { request: { types: ['none'] }, pack: 'zip', files: { split: { maxRecords: 1 } } }],
];

/** Without the kernel, the positions that the scanner in plain TypeScript resumes at are checked by one way of cutting. */
const HAS_KERNEL = process.env.SLUICE_TEST_KERNEL !== 'none';
const EVERY = HAS_KERNEL ? [1, 3] : [1];

describe.each(HAS_KERNEL ? [...READING, ...WRITING] : READING)('%s', (_name, names, options) => {
  let whole: Made;
  beforeAll(async () => {
    whole = await attempt(names, options, NOTHING, Number.POSITIVE_INFINITY);
  });

  test.each(EVERY)('gives the same bytes when cut after every %s checkpoints', async (every) => {
    const { cuts, output, receipt, rejects } = await cutEvery(names, options, every);
    expect(cuts).toBeGreaterThan(every === 1 ? 2 : 0);
    expect(output.equals(whole.output)).toBe(true);
    const { startedAt, durationMs, busyMs, bottleneck, bytesIn, ...proof } = whole.receipt ?? fail();
    expect(receipt).toMatchObject(proof);
    expect(rejects).toBe(whole.rejects);
    if (proof.stoppedBy === 'end') expect(receipt?.bytesIn).toBe(bytesIn);
  });
});

test('gives the bytes of the export in one call', async () => {
  const options = { request: products, pack: 'zip' } as const;
  const { output, receipt } = await cutEvery(['document'], options, 2);
  const path = join(folder, 'once.zip');
  const once = await exportEntities({ source: join(folder, 'document'), id: 'job', ...options }).toFile(path);
  expect(receipt?.output).toStrictEqual(once.output);
  expect(receipt?.files).toStrictEqual(once.files);
  expect(output.length).toBe(once.output.bytes);
});

test('ends no slice while the first of several files waits for its name', async () => {
  const whole = await attempt(['lines'], { pack: 'zip', files: { split: { maxBytes: 1_700_000 } } }, NOTHING, 1);
  // A file of 1.7 megabytes and the rest: the first checkpoint follows the first of them.
  expect(whole.checkpoint?.finished).toMatchObject([{ name: 'job_1_out.json' }]);
  const one = await cutEvery(['lines'], { pack: 'zip', files: { split: { maxRecords: 1_000_000 } } }, 1);
  expect(one.cuts).toBe(0);
  expect(one.receipt?.files).toMatchObject([{ name: 'job_out.json' }]);
});

test.each(['gzip'])('reads a source without positions (%s) in one slice', async (name) => {
  const { cuts, receipt } = await cutEvery([name], { pack: 'zip' }, 1);
  expect(cuts).toBe(0);
  expect(receipt?.read).toBeGreaterThan(100);
});

test('writes a sorted result in one slice, because the last entity may be the first', async () => {
  const options = { format: 'ndjson', pack: 'none', request: { sort: 'id desc', skip: 3 } } as const;
  const { cuts, receipt, output } = await cutEvery(['lines'], options, 1);
  expect(cuts).toBe(0);
  const once = await exportEntities({ source: join(folder, 'lines'), id: 'job', ...options }).toBuffer();
  expect(output.equals(once)).toBe(true);
  expect(receipt?.filtered).toBe(3);
});

test('skips the same entities in slices as in one call', async () => {
  const options = { format: 'ndjson', pack: 'none', request: { skip: 150, maxRecords: 40 } } as const;
  const { cuts, receipt, output } = await cutEvery(['lines'], options, 1);
  expect(cuts).toBeGreaterThan(0);
  const once = await exportEntities({ source: join(folder, 'lines'), id: 'job', ...options }).toBuffer();
  expect(output.equals(once)).toBe(true);
  expect(receipt).toMatchObject({ filtered: 150, written: 40 });
});

describe('measures a slice by the input that it has taken', () => {
  const SLICE_BYTES = 350_000;

  /** The ends of slices of this many bytes, for files whose next bytes come at once or after some turns. */
  async function slices(names: readonly string[], pace: () => Promise<unknown>): Promise<number[]> {
    const whole = files(...names.map((name) => join(folder, name)));
    const paced: Source = {
      ...whole,
      async *inputs(signal) {
        for await (const input of whole.inputs(signal)) {
          if (input.kind !== 'bytes') throw new Error('files are bytes');
          const { read } = input;
          yield {
            ...input,
            async read(into) {
              const length = await read(into);
              await pace();
              return length;
            },
          };
        }
      },
    };
    const plan = planFiles({}, { request: products, pack: 'none', format: 'ndjson' });
    const ends: number[] = [];
    let begun = 0;
    const { events } = exportSlices({
      source: paced,
      plan,
      endsSlice: ({ bytesDone }) => bytesDone - begun >= SLICE_BYTES,
      signal: new AbortController().signal,
    });
    for await (const event of events) {
      // The next bytes may arrive while the reader is busy with these.
      if (event.kind === 'bytes') for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
      else {
        begun = bytesUpTo(event.checkpoint.source);
        ends.push(begun);
      }
    }
    return ends;
  }

  const turns = (count: number) => async () => {
    for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
  };

  test.each([[['long lines']], [['long array']], [['lines', 'document', 'more']]])(
    'of %j, however fast it comes',
    async (names) => {
      const ends = await slices(names, turns(0));
      expect(ends.length).toBeGreaterThan(2);
      for (const [index, end] of ends.entries()) {
        expect(end - (ends[index - 1] ?? 0)).toBeGreaterThanOrEqual(SLICE_BYTES);
      }
      for (const count of [1, 5, 50]) expect(await slices(names, turns(count))).toStrictEqual(ends);
    },
  );
});

function fail(): never {
  throw new Error('there is no receipt');
}
