/** Exports in slices: cut and resumed anywhere, they make the bytes of an uninterrupted one. */
import { appendFile, copyFile, mkdir, mkdtemp, open, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeCheckpoint, type ExportCheckpoint, encodeCheckpoint } from '../../src/export/export-checkpoint.js';
import { exportSlices } from '../../src/export/export-slices.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { catalog } from '../../src/generate/catalog.js';
import { files } from '../../src/sources/files.js';
import type { Source } from '../../src/sources/source.js';
import { bytesUpTo } from '../../src/terms/position.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { type FilesPlan, planFiles } from './export-planned.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-slices-'));
  for (const form of ['lines', 'array', 'document'] as const) {
    await writeFile(join(folder, form), catalog({ seed: 3, form, bytes: 4_000_000 }).bytes);
  }
  const lines = catalog({ seed: 4, form: 'lines', bytes: 3_000_000 }).bytes;
  await writeFile(join(folder, 'more'), lines);
  await writeFile(join(folder, 'few'), catalog({ seed: 5, form: 'lines', bytes: 1_500_000 }).bytes);
  await writeFile(
    join(folder, 'faulty'),
    Buffer.concat([lines, Buffer.from('{"id":}\n'), lines, Buffer.from('nil\n')]),
  );
  await writeFile(join(folder, 'gzip'), gzipSync(lines));
  await writeFile(join(folder, 'families'), families(40_000));
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

/** The source that tests change between slices. */
const ANOTHER = catalog({ seed: 9, form: 'lines', bytes: 6_000_000 }).bytes;

/** One attempt: continues until it has made this many checkpoints; later bytes are lost. */
interface Made {
  readonly output: Buffer;
  readonly checkpoint?: ExportCheckpoint;
  readonly receipt?: Receipt;
  readonly rejects: number;
}

/** Options of the plan. */
interface Planned extends PlanOptions {
  readonly files?: FilesPlan;
}

async function attempt(
  names: readonly string[],
  { files: filesPlan = {}, ...options }: Planned,
  before: Made,
  checkpoints: number,
): Promise<Made> {
  const plan = planFiles(filesPlan, { threads: 2, ...options });
  const kept = Buffer.from(before.output);
  let rejects = before.rejects;
  const { events, receipt } = exportSlices({
    source: files(...names.map((name) => join(folder, name))),
    plan,
    endsSlice: () => true,
    signal: new AbortController().signal,
    onReject: () => void rejects++,
    ...(before.checkpoint
      ? { from: { checkpoint: decodeCheckpoint(encodeCheckpoint(before.checkpoint)), output: pieces(kept) } }
      : {}),
  });
  const output = [kept];
  let left = checkpoints;
  for await (const event of events) {
    if (event.kind === 'bytes') output.push(Buffer.from(event.bytes));
    else if (--left === 0) return { output: Buffer.concat(output), checkpoint: event.checkpoint, rejects };
  }
  return { output: Buffer.concat(output), receipt: await receipt, rejects };
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 7_777) yield bytes.subarray(at, at + 7_777);
}

const NOTHING: Made = { output: Buffer.alloc(0), rejects: 0 };

/** Cuts the export after every few checkpoints, until it is complete. */
async function cutEvery(
  names: readonly string[],
  options: Planned,
  checkpoints: number,
): Promise<Made & { cuts: number }> {
  let made = NOTHING;
  for (let cuts = 0; ; cuts++) {
    made = await attempt(names, options, made, checkpoints);
    if (made.receipt) return { ...made, cuts };
  }
}

const products = { types: ['product'] };
const CASES: readonly (readonly [string, readonly string[], Planned])[] = [
  ['lines to a zip', ['lines'], { request: products, pack: 'zip' }],
  ['all lines to a zip', ['lines'], { pack: 'zip' }],
  ['lines to a stored zip', ['lines'], { request: products, pack: 'zip', level: 0 }],
  ['lines to gzip at level 6', ['lines'], { request: products, pack: 'gzip', level: 6, format: 'ndjson' }],
  ['lines to plain lines', ['lines'], { request: products, pack: 'none', format: 'ndjson' }],
  ['lines to a plain document', ['lines'], { request: products, pack: 'none' }],
  ['lines, trusted', ['lines'], { request: products, pack: 'zip', trust: true }],
  ['an array to an array', ['array'], { request: products, pack: 'zip', format: 'array' }],
  ['a document', ['document'], { request: products, pack: 'zip' }],
  [
    'several files',
    ['lines', 'document', 'more'],
    { pack: 'zip', request: { ...products, fields: { attributes: ['color'] } } },
  ],
  ['no match', ['lines'], { request: { types: ['none'] }, pack: 'zip' }],
  [
    'a selection without matches, noted over all slices',
    ['lines', 'array'],
    {
      request: {
        ids: ['e0000003', 'e0001000', 'none', 'nobody'],
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
      request: { ids: ['e0001000', 'x'] },
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
  ['a limit', ['lines'], { request: { ...products, maxRecords: 500 }, pack: 'zip' }],
  ['rejected lines', ['faulty'], { pack: 'zip', onError: 'skip' }],
  ['ids, found one by one', ['lines'], { request: { ids: ['e0000003', 'e0001000', 'e0001500'] }, pack: 'zip' }],
  ['to files split by records', ['lines'], { pack: 'zip', files: { split: { maxRecords: 100 } } }],
  ['to stored files split by records', ['array'], { pack: 'zip', level: 0, files: { split: { maxRecords: 120 } } }],
  [
    'to files split by bytes, with a manifest',
    ['lines', 'more'],
    { pack: 'zip', format: 'ndjson', files: { split: { maxBytes: 1_500_000 }, manifest: true } },
  ],
  ['to files smaller than a record', ['few'], { pack: 'zip', files: { split: { maxBytes: 10 }, manifest: true } }],
  [
    'a limit that fits in one file',
    ['lines'],
    { request: { ...products, maxRecords: 500 }, pack: 'zip', files: { split: { maxRecords: 500 } } },
  ],
  ['one file with a manifest', ['document'], { pack: 'zip', request: products, files: { manifest: true } }],
  ['an empty file only', ['lines'], { request: { types: ['none'] }, pack: 'zip', files: { split: { maxRecords: 1 } } }],
];

/** The scanner in plain TypeScript yields equal batches, so that one way of cutting checks its positions. */
const EVERY = process.env.SLUICE_TEST_KERNEL === 'none' ? [1] : [1, 2, 3];

describe.each(CASES)('%s', (_name, names, options) => {
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
  const whole = await attempt(['lines'], { pack: 'zip', files: { split: { maxBytes: 2_500_000 } } }, NOTHING, 1);
  // Two files of two and a half megabytes and the rest: the first checkpoint follows the first of them.
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

test('writes a table in one slice, because its rows wait for the last one', async () => {
  const options = { format: 'dsv', pack: 'zip', request: products } as const;
  const { cuts, receipt, output } = await cutEvery(['lines'], options, 1);
  expect(cuts).toBe(0);
  const once = await exportEntities({ source: join(folder, 'lines'), id: 'job', ...options }).toFile(
    join(folder, 'table.zip'),
  );
  expect(receipt?.output).toStrictEqual(once.output);
  expect(output.length).toBe(once.output.bytes);
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

  test.each([[['lines']], [['array']], [['lines', 'document', 'more']]])(
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

describe('a file that has kept its name', () => {
  const options = { pack: 'zip' } as const;

  async function cut(name: string): Promise<{ made: Made; path: string; truth: Made }> {
    const path = join(folder, name);
    await writeFile(path, ANOTHER);
    return {
      made: await attempt([name], options, NOTHING, 5),
      path,
      truth: await attempt([name], options, NOTHING, 0),
    };
  }

  test('is resumed if its bytes are unchanged, whatever its time and inode', async () => {
    const { made, path, truth } = await cut('copied');
    await copyFile(path, `${path}-copy`);
    await rename(`${path}-copy`, path);
    await utimes(path, 1, 1);
    const { output, receipt } = await attempt(['copied'], options, made, 0);
    expect(output.equals(truth.output)).toBe(true);
    expect(receipt?.notes).toMatchObject([{ code: 'SOURCE_TOUCHED', text: expect.stringContaining('copied') }]);
  });

  test('is resumed without a note when it was not touched', async () => {
    const { made } = await cut('untouched');
    expect((await attempt(['untouched'], options, made, 0)).receipt?.notes).toStrictEqual([]);
  });

  test('gets one note, however often it is touched', async () => {
    const { made, path } = await cut('touched');
    await utimes(path, 1, 1);
    const more = await attempt(['touched'], options, made, 1);
    expect(more.checkpoint).toBeDefined();
    await utimes(path, 2, 2);
    const { receipt } = await attempt(['touched'], options, more, 0);
    expect(receipt?.notes.map(({ code }) => code)).toStrictEqual(['SOURCE_TOUCHED']);
  });

  test('is resumed when lines were appended, which are read', async () => {
    const { made, path, truth } = await cut('growing');
    await appendFile(path, '{"id":"x"}\n');
    const { output, receipt } = await attempt(['growing'], options, made, 0);
    expect(receipt?.read).toBe((truth.receipt?.read ?? 0) + 1);
    const whole = await attempt(['growing'], options, NOTHING, 0);
    expect(output.equals(whole.output)).toBe(true);
  });
});

/** Changes a byte of a file in place. */
async function overwrite(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  await file.write('~', at);
  await file.close();
}

/** Changes all bytes of a range of a file in place. */
async function overwriteAll(path: string, from: number, to: number): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(to - from, '~'), 0, to - from, from);
  await file.close();
}

/** Changes one byte in every few. */
async function edit(path: string, from: number, to: number, each: number): Promise<void> {
  for (let at = from; at < to; at += each) await overwrite(path, at);
}

describe('refuses to resume', () => {
  const options = { pack: 'zip' } as const;

  async function cutOnce(name: string): Promise<Made> {
    await writeFile(join(folder, name), ANOTHER);
    return attempt([name], options, NOTHING, 5);
  }

  const place = ({ checkpoint }: Made) => checkpoint?.source.scan.byteOffset ?? 0;
  const CHANGES: readonly (readonly [string, string, (path: string, place: number) => Promise<void>])[] = [
    ['that is gone', 'NOT_FOUND', (path) => rm(path)],
    ['that is shorter', 'SOURCE_CHANGED', (path, at) => truncate(path, at + 1)],
    ['that ends before', 'SOURCE_CHANGED', (path, at) => truncate(path, at - 1)],
    ['that begins otherwise', 'SOURCE_CHANGED', (path) => overwrite(path, 20)],
    ['that is another one before the place', 'SOURCE_CHANGED', (path, at) => overwrite(path, at - 100)],
    ['of whose size another one is', 'SOURCE_CHANGED', (path, at) => overwriteAll(path, 5000, at - 20_000)],
    ['a column of which was edited in its place', 'SOURCE_CHANGED', (path, at) => edit(path, 5000, at - 20_000, 1000)],
  ];
  test.each(CHANGES)('a file %s', async (how, code, change) => {
    const name = `changing ${how}`;
    const made = await cutOnce(name);
    await change(join(folder, name), place(made));
    await expect(attempt([name], options, made, 1)).rejects.toMatchObject({ code });
  });

  test('a document that has grown', async () => {
    const made = await attempt(['document'], options, NOTHING, 3);
    await copyFile(join(folder, 'document'), join(folder, 'kept'));
    await appendFile(join(folder, 'document'), '\n');
    await expect(attempt(['document'], options, made, 1)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await rename(join(folder, 'kept'), join(folder, 'document'));
  });

  test('the same file after other files than before', async () => {
    const [one, two] = [join(folder, 'dated', '1'), join(folder, 'dated', '2')];
    await mkdir(join(folder, 'dated'));
    await writeFile(one, '{"id":"1"}\n');
    await copyFile(join(folder, 'lines'), two);
    const made = await attempt(['dated/*'], options, NOTHING, 5);
    await rename(one, join(folder, 'dated', '0'));
    await expect(attempt(['dated/*'], options, made, 1)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  test('damaged stored bytes', async () => {
    const made = await cutOnce('damaged');
    const output = Buffer.from(made.output);
    output.fill(0xff, 200, 300);
    await expect(attempt(['damaged'], options, { ...made, output }, 1)).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
    const short = { ...made, output: made.output.subarray(0, -1) };
    await expect(attempt(['damaged'], options, short, 1)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
  });

  test('damaged stored bytes of a finished file', async () => {
    const files = { split: { maxRecords: 100 } };
    await writeFile(join(folder, 'damaged-files'), ANOTHER);
    for (const level of [0, 1] as const) {
      const made = await attempt(['damaged-files'], { ...options, level, files }, NOTHING, 3);
      expect(made.checkpoint?.finished?.length).toBeGreaterThan(3);
      const output = Buffer.from(made.output);
      output[5000] ^= 1;
      const taken = attempt(['damaged-files'], { ...options, level, files }, { ...made, output }, 1);
      await expect(taken).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    }
  });

  test('an output that was planned in another way', async () => {
    const made = await cutOnce('planned');
    const others: readonly Planned[] = [
      { pack: 'zip', level: 9 },
      { pack: 'gzip' },
      { pack: 'zip', files: { split: { maxRecords: 5 } } },
      { pack: 'zip', files: { manifest: true } },
    ];
    for (const other of others) {
      await expect(attempt(['planned'], other, made, 1)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    }
  });

  test.each<readonly [string, readonly string[], Planned]>([
    ['another member for the type', ['planned'], { typeField: 'nope' }],
    ['another member for the id', ['planned'], { idField: 'nope' }],
    ['another form', ['planned'], { input: 'array' }],
    ['another path', ['planned'], { path: 'a.b' }],
    ['trust', ['planned'], { trust: true }],
    ['faults rejected', ['planned'], { onError: 'skip' }],
    ['another limit of depth', ['planned'], { maxDepth: 5 }],
    ['another request', ['planned'], { request: { types: ['sku'] } }],
    ['other fields', ['planned'], { request: { fields: { attributes: ['color'] } } }],
    ['another format', ['planned'], { format: 'ndjson' }],
    [
      'another profile',
      ['planned'],
      { request: { profile: 'p' }, profiles: [{ name: 'p', format: 'ndjson', pack: 'gzip' }] },
    ],
    ['more inputs', ['planned', 'more'], {}],
  ])('records under other settings: %s', async (_what, names, other) => {
    const made = await cutOnce('planned');
    await expect(attempt(names, { ...options, ...other }, made, 1)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test.each(['', '{', '{"version":1}', 'null'])('a checkpoint of %j', (text) => {
    expect(() => decodeCheckpoint(Buffer.from(text))).toThrowError(expect.objectContaining({ code: 'VERIFY_FAILED' }));
  });
});

function fail(): never {
  throw new Error('there is no receipt');
}
