/** Exports resumed over files that have changed: what is the same continues, everything else is refused. */
import { appendFile, copyFile, mkdir, mkdtemp, open, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeCheckpoint } from '../../src/export/export-checkpoint.js';
import { catalog } from '../../src/generate/catalog.js';
import { cutting, type Made, NOTHING, type Planned } from './cut-slices.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-resumed-'));
  await writeFile(join(folder, 'lines'), catalog({ seed: 3, form: 'lines', bytes: 4_000_000 }).bytes);
  await writeFile(join(folder, 'document'), catalog({ seed: 3, form: 'document', bytes: 6_000_000 }).bytes);
  await writeFile(join(folder, 'more'), catalog({ seed: 4, form: 'lines', bytes: 3_000_000 }).bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The source that tests change between slices. */
const ANOTHER = catalog({ seed: 9, form: 'lines', bytes: 6_000_000 }).bytes;
const { attempt } = cutting(() => folder);

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

  let planned: Made;
  beforeAll(async () => {
    planned = await cutOnce('planned');
  });

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
    const others: readonly Planned[] = [
      { pack: 'zip', level: 9 },
      { pack: 'gzip' },
      { pack: 'zip', files: { split: { maxRecords: 5 } } },
      { pack: 'zip', files: { manifest: true } },
    ];
    for (const other of others) {
      await expect(attempt(['planned'], other, planned, 1)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
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
    await expect(attempt(names, { ...options, ...other }, planned, 1)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test.each(['', '{', '{"version":1}', 'null'])('a checkpoint of %j', (text) => {
    expect(() => decodeCheckpoint(Buffer.from(text))).toThrowError(expect.objectContaining({ code: 'VERIFY_FAILED' }));
  });
});
