/** The files inside a zip, each checked against its checksum. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { zipEntries } from '../../src/sources/zip-entries.js';
import { failureOf } from './outcome.js';
import { readAll } from './read-all.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-zip-entries-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TEXT = '{"id":"é"}\n'.repeat(20_000);

async function zipped(files: Readonly<Record<string, string>>, { compress = true } = {}): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) {
    if (name.endsWith('/')) zip.addEmptyDirectory(name);
    else zip.addBuffer(Buffer.from(text), name, { compress });
  }
  zip.end();
  return buffer(zip.outputStream);
}

async function stored(archive: Buffer): Promise<string> {
  const path = join(folder, 'archive.zip');
  await writeFile(path, archive);
  return path;
}

test('reads files in order, with their names, and skips folders', async () => {
  const files = { 'b.json': TEXT, 'folder/': '', 'folder/a.json': '{}', 'é.json': '' };
  for (const compress of [true, false]) {
    const path = await stored(await zipped(files, { compress }));
    const read = await readAll(zipEntries(path));
    expect(read).toStrictEqual([
      ['b.json', TEXT],
      ['folder/a.json', '{}'],
      ['é.json', ''],
    ]);
  }
});

test('reads nothing from an empty archive', async () => {
  expect(await readAll(zipEntries(await stored(await zipped({}))))).toStrictEqual([]);
});

test('refuses other files, with the given name', async () => {
  for (const content of ['', 'no zip at all', TEXT]) {
    const error = await failureOf(readAll(zipEntries(await stored(Buffer.from(content)), 'the blob')));
    expect(error).toMatchObject({ code: 'VERIFY_FAILED', stage: 'verify', path: 'the blob' });
    expect(error.message).toContain('the blob: ');
  }
  expect(await failureOf(readAll(zipEntries(join(folder, 'missing.zip'))))).toMatchObject({ stage: 'verify' });
});

test('refuses an archive that is cut anywhere', async () => {
  const archive = await zipped({ 'a.json': '{"id":"a"}', 'b.json': '{"id":"b"}' });
  for (let length = 0; length < archive.length; length++) {
    const path = await stored(archive.subarray(0, length));
    expect((await failureOf(readAll(zipEntries(path)))).code, `cut at ${length}`).toBe('VERIFY_FAILED');
  }
});

test('refuses content that does not match its checksum', async () => {
  const archive = await zipped({ 'a.json': TEXT }, { compress: false });
  archive[archive.indexOf('{"id"') + 100] ^= 1;
  const error = await failureOf(readAll(zipEntries(await stored(archive))));
  expect(error).toMatchObject({ code: 'VERIFY_FAILED', message: expect.stringContaining('a.json') });
});

test('leaving between two files leaves no handle open', async () => {
  const path = await stored(await zipped({ 'a.json': TEXT, 'b.json': TEXT }));
  const names: string[] = [];
  for await (const input of zipEntries(path).inputs(new AbortController().signal)) {
    names.push(input.name);
    if (input.kind === 'bytes') {
      await input.read(Buffer.alloc(10));
      await input.close();
    }
    break;
  }
  expect(names).toStrictEqual(['a.json']);
});
