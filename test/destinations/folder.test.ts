/** Several files in a folder: all of them or none, and nothing else is touched. */
import { renameSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folder } from '../../src/destinations/folder.js';
import { waitingName } from '../../src/destinations/folder-writer.js';
import { placeFiles } from '../../src/destinations/place-files.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import type { OpenFileMarks } from '../../src/terms/file-marks.js';
import { verifyExport } from '../../src/verify/verify-export.js';
import { runs } from '../runs.js';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const out = () => join(home, 'out/');
const LINES = '{"id":1,"type":"a"}\n{"id":2,"type":"b"}\n{"id":3,"type":"a"}\n';

function exported(text = LINES, options = {}) {
  return exportEntities({
    source: bytes(text),
    id: 'j',
    input: 'lines',
    format: 'ndjson',
    splitBy: 'type',
    ...options,
  });
}

/** All files of the folder, hidden ones too. */
async function contents(path = out()): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')])),
  );
}

const SPLIT = { 'a.ndjson': '{"id":1,"type":"a"}\n{"id":3,"type":"a"}\n', 'b.ndjson': '{"id":2,"type":"b"}\n' };

describe('a folder', () => {
  test('is made with a file for each value, which the receipt lists with digests and verify reads', async () => {
    const receipt = await exported().toFile(out());
    expect(await contents()).toEqual(SPLIT);
    expect(receipt.files.map(({ name, records }) => [name, records])).toEqual([
      ['a.ndjson', 2],
      ['b.ndjson', 1],
    ]);
    expect(receipt.files.every(({ sha256 }) => sha256?.length === 64)).toBe(true);
    expect(await verifyExport(out(), { receipt })).toMatchObject({ kind: 'folder', records: 3, files: receipt.files });
    expect(await readdir(home)).toEqual(['out']);
  });

  test('holds files that are compressed by themselves, which are inputs, and which verify reads', async () => {
    const receipt = await exported(LINES, { pack: 'gzip', manifest: true }).toFile(out());
    expect(receipt.files.map(({ name }) => name)).toEqual(['a.ndjson.gz', 'b.ndjson.gz']);
    const unpacked = async (name: string) => gunzipSync(await readFile(join(out(), name))).toString();
    expect(await unpacked('a.ndjson.gz')).toBe(SPLIT['a.ndjson']);
    expect(await unpacked('b.ndjson.gz')).toBe(SPLIT['b.ndjson']);
    for (const options of [{ receipt }, {}]) {
      expect(await verifyExport(out(), options)).toMatchObject({ records: 3, files: receipt.files });
    }
    const again = exportEntities({ source: join(out(), '*.gz'), format: 'ndjson' });
    expect((await again.toBuffer()).toString()).toBe(SPLIT['a.ndjson'] + SPLIT['b.ndjson']);
    // Nothing else can hold several of them.
    await expect(exported(LINES, { pack: 'gzip' }).toBuffer()).rejects.toMatchObject({
      code: 'INVALID',
      path: 'splitBy',
    });
    await expect(exported(LINES, { pack: 'gzip' }).toFile(join(home, 'one.ndjson.gz'))).rejects.toMatchObject({
      path: 'splitBy',
    });
    // Batches, of which one is empty.
    await exported('', { splitBy: undefined, batchSize: 2, pack: 'gzip' }).toFile(join(home, 'none/'));
    expect(await readdir(join(home, 'none'))).toEqual(['j_out.ndjson.gz']);
    expect(gunzipSync(await readFile(join(home, 'none/j_out.ndjson.gz'))).toString()).toBe('');
    await exported(LINES, { splitBy: undefined, batchSize: 2, pack: 'gzip' }).toFile(join(home, 'two/'));
    expect(await readdir(join(home, 'two'))).toEqual(['j_1_out.ndjson.gz', 'j_2_out.ndjson.gz']);
  });

  test('holds the files of batches too, numbered only where there are several, and a manifest', async () => {
    const several = { splitBy: undefined, batchSize: 2, manifest: true };
    const receipt = await exported(LINES, several).toFile(out());
    expect(Object.keys(await contents())).toEqual(['j_1_out.ndjson', 'j_2_out.ndjson', 'manifest.json']);
    expect(await verifyExport(out(), { receipt })).toMatchObject({ records: 3 });
    expect(await verifyExport(out())).toMatchObject({ records: 3 });
    await exported(LINES, { ...several, batchSize: 3 }).toFile(join(home, 'one/'));
    expect(Object.keys(await contents(join(home, 'one')))).toEqual(['j_out.ndjson', 'manifest.json']);
  });

  test('holds tables, also those of two files', async () => {
    await exported(LINES, { format: 'dsv' }).toFile(out());
    expect(await contents()).toEqual({ 'a.csv': 'id,type\r\n1,a\r\n3,a\r\n', 'b.csv': 'id,type\r\n2,b\r\n' });
    const linked = '{"id":"1","type":"a","data":{"relationships":{"r":[{"relTo":{"id":"2","type":"b"}}]}}}\n';
    const dsv = { multiFile: true };
    await exported(linked, { format: 'dsv', splitBy: undefined, dsv }).toFile(join(home, 'two/'));
    expect(Object.keys(await contents(join(home, 'two')))).toHaveLength(2);
  });

  test('gets its name when all files are complete, and none after a failure', async () => {
    const input = new PassThrough();
    const stream = exportEntities({ source: bytes(input), input: 'lines', format: 'ndjson', splitBy: 'type' });
    const done = stream.toFile(out());
    input.write(LINES);
    await expect.poll(() => readdir(home)).toHaveLength(1);
    expect((await readdir(home))[0]).toMatch(/^\.sluice-.*\.tmp$/);
    input.end('{"id":4,');
    await expect(done).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(await readdir(home)).toEqual([]);
  });

  test('is refused without several files, with a pack, and where there can be none', async () => {
    await expect(exported(LINES, { splitBy: undefined }).toFile(out())).rejects.toMatchObject({ code: 'IS_DIRECTORY' });
    await expect(exported(LINES, { pack: 'zip' }).toFile(out())).rejects.toMatchObject({
      code: 'INVALID',
      path: 'pack',
    });
    await expect(exported().toFile(join(home, 'no/out/'))).rejects.toThrow(/the folder .*no does not exist/);
    await writeFile(join(home, 'file'), 'mine');
    await expect(exported().toFile(join(home, 'file/'))).rejects.toThrow(/is not a folder/);
    await symlink('nowhere', join(home, 'link'));
    await expect(exported().toFile(join(home, 'link/'))).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await readdir(home)).toEqual(['file', 'link']);
  });
});

describe('a folder that exists', () => {
  beforeEach(() => mkdir(out()));

  test('is filled where it is empty, also through a link', async () => {
    await symlink('out', join(home, 'link'));
    await exported().toFile(join(home, 'link/'));
    expect(await contents()).toEqual(SPLIT);
  });

  test('is refused with anything in it, before the input is read', async () => {
    await writeFile(join(out(), 'mine.txt'), 'mine');
    let opened = false;
    const source = {
      async *inputs() {
        opened = true;
        yield* [];
      },
    };
    const refused = exportEntities({ source, splitBy: 'type' }).toFile(out());
    await expect(refused).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(opened).toBe(false);
    expect(await contents()).toEqual({ 'mine.txt': 'mine' });
  });

  test('keeps other files under overwrite, and the mode of those that are replaced', async () => {
    await writeFile(join(out(), 'mine.txt'), 'mine');
    await writeFile(join(out(), 'a.ndjson'), 'old');
    await chmod(join(out(), 'a.ndjson'), 0o600);
    const receipt = await exported().toFile(out(), { overwrite: true });
    expect(await contents()).toEqual({ ...SPLIT, 'mine.txt': 'mine' });
    expect((await stat(join(out(), 'a.ndjson'))).mode & 0o777).toBe(0o600);
    expect(receipt.notes.map(({ code }) => code)).toContain('FOLDER_NOT_EMPTY');
    expect(await verifyExport(out(), { receipt })).toMatchObject({ records: 3 });
  });

  test.each([
    ['a folder', () => mkdir(join(out(), 'b.ndjson')), 'IS_DIRECTORY'],
    ['a link', () => symlink('../other', join(out(), 'b.ndjson')), 'DESTINATION_EXISTS'],
  ])('stays as it is where %s has the name of a file', async (_what, make, code) => {
    await make();
    await writeFile(join(out(), 'a.ndjson'), 'old');
    await expect(exported().toFile(out(), { overwrite: true })).rejects.toMatchObject({ code });
    expect((await readdir(out())).sort()).toEqual(['a.ndjson', 'b.ndjson']);
    expect(await readFile(join(out(), 'a.ndjson'), 'utf8')).toBe('old');
  });

  test('never loses a file that another program makes meanwhile', async () => {
    const input = new PassThrough();
    const done = exportEntities({ source: bytes(input), input: 'lines', format: 'ndjson', splitBy: 'type' }).toFile(
      out(),
    );
    input.write(LINES);
    await expect.poll(() => readdir(out())).toHaveLength(1);
    await writeFile(join(out(), 'b.ndjson'), 'theirs');
    input.end();
    await expect(done).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await contents()).toEqual({ 'b.ndjson': 'theirs' });
  });

  test('never loses an input', async () => {
    await writeFile(join(out(), 'a.ndjson'), LINES);
    const source = join(out(), 'a.ndjson');
    const refused = exportEntities({ source, format: 'ndjson', splitBy: 'type' }).toFile(out(), { overwrite: true });
    await expect(refused).rejects.toThrow(/is read and would be overwritten/);
    expect(await contents()).toEqual({ 'a.ndjson': LINES });
  });

  test('may hold an input of another name', async () => {
    await writeFile(join(out(), 'all.ndjson'), LINES);
    const source = join(out(), 'all.ndjson');
    await exportEntities({ source, format: 'ndjson', splitBy: 'type' }).toFile(out(), { overwrite: true });
    expect(await contents()).toEqual({ ...SPLIT, 'all.ndjson': LINES });
  });
});

describe('verify', () => {
  test('finds a file that is missing, changed, or elsewhere', async () => {
    const receipt = await exported(LINES, { manifest: true }).toFile(out());
    await writeFile(join(out(), 'stranger.txt'), 'not ours');
    expect(await verifyExport(out())).toMatchObject({ records: 3 });
    await writeFile(join(out(), 'b.ndjson'), '{"id":9,"type":"b"}\n');
    await expect(verifyExport(out())).rejects.toThrow(/sha256 of b.ndjson/);
    await expect(verifyExport(out(), { receipt })).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await rm(join(out(), 'b.ndjson'));
    await expect(verifyExport(out())).rejects.toThrow(/b.ndjson is missing/);
    const files = [{ name: '../out/a.ndjson', records: 1, bytes: 1 }];
    await expect(verifyExport(out(), { receipt: { ...receipt, files } })).rejects.toThrow(/is not the name of a file/);
  });

  test('reads all files of a folder that has no list', async () => {
    await exported().toFile(out());
    expect(await verifyExport(out())).toMatchObject({ kind: 'folder', records: 3 });
    await writeFile(join(out(), 'c.ndjson'), '{"id":');
    await expect(verifyExport(out())).rejects.toMatchObject({ code: 'TRUNCATED' });
  });
});

test('files are what their ends say, however their bytes are cut', async () => {
  const files = fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 7 }), async (all, size) => {
      const marks: OpenFileMarks = { ends: [], names: [] };
      const path = await mkdtemp(join(home, 'any-'));
      const delivery = await folder(join(path, 'out')).open({ files: marks });
      let offset = 0;
      const written = (chunk: Uint8Array) =>
        new Promise<void>((resolve, reject) => {
          delivery.writable.write(chunk, (error) => (error ? reject(error) : resolve()));
        });
      for (const one of all) {
        for (let at = 0; at < one.length; at += size) await written(one.subarray(at, at + size));
        offset += one.length;
        marks.ends.push(offset);
      }
      marks.names.push(...all.map((_, index) => `${index}.bin`));
      await new Promise<void>((resolve) => {
        delivery.writable.end(resolve);
      });
      await delivery.commit();
      for (const [index, one] of all.entries()) {
        expect(await readFile(join(path, 'out', `${index}.bin`))).toEqual(Buffer.from(one));
      }
      expect((await lstat(join(path, 'out'))).isDirectory()).toBe(true);
    }),
    runs(30),
  );
});

test('a file that another run has put in the place of ours stays when ours fails', async () => {
  const work = join(home, 'work');
  await mkdir(work);
  await writeFile(join(work, waitingName(0)), 'ours');
  await writeFile(join(home, 'other'), 'theirs');
  /** Names of which the second has no file; before it the other run replaces the first. */
  class Names extends Array<string> {
    override *entries(): ArrayIterator<[number, string]> {
      yield [0, 'a'];
      renameSync(join(home, 'other'), join(home, 'a'));
      yield [1, 'b'];
    }
  }
  const placing = placeFiles(work, { name: home, path: home, exists: true }, new Names('a', 'b'), {
    overwrite: false,
    context: {},
  });
  await expect(placing).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readFile(join(home, 'a'), 'utf8')).toBe('theirs');
});
