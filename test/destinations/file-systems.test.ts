/** File systems with missing operations: detected before anything is written, and replaced by another way. */
import type * as Promises from 'node:fs/promises';
import { link, mkdtemp, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import { type FileOptions, file } from '../../src/destinations/file.js';
import type { Note } from '../../src/terms/receipt.js';
import { failSync } from './failing-sync.js';

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof Promises>();
  return { ...original, link: vi.fn(original.link), rename: vi.fn(original.rename), unlink: vi.fn(original.unlink) };
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-file-systems-'));
});
afterEach(async () => {
  vi.resetAllMocks();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
const text = (name: string) => readFile(at(name), 'utf8');
const system = (code: string) => Object.assign(new Error(`${code}: refused`), { code });

/** Delivers a text. @returns the notes made before anything was written, and later */
async function delivered(options?: FileOptions): Promise<readonly string[]> {
  const notes: Note[] = [];
  const output = Readable.from([Buffer.from('new')]);
  await deliver(output, file(at('out'), options), Promise.resolve(), { note: (note) => notes.push(note) });
  return notes.map(({ code }) => code);
}

describe('without syncing', () => {
  test.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ERR_ACCESS_DENIED'])(
    'by %s: reported in a note',
    async (code) => {
      failSync(code);
      expect(await delivered()).toStrictEqual(['NOT_SYNCED']);
      expect(await text('out')).toBe('new');
    },
  );

  test('because of a fault of the disk: fails and leaves nothing', async () => {
    failSync('EIO');
    await expect(delivered()).rejects.toMatchObject({ code: 'WRITE_FAILED', path: at('out') });
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

describe('without links', () => {
  beforeEach(() => void vi.mocked(link).mockRejectedValue(system('EPERM')));

  test('creates a new file nevertheless', async () => {
    expect(await delivered()).toStrictEqual([]);
    expect(await text('out')).toBe('new');
    expect(await readdir(folder)).toStrictEqual(['out']);
  });

  test('refuses and keeps a file that was created meanwhile', async () => {
    const delivery = await file(at('out')).open();
    await writeFile(at('out'), 'theirs');
    await new Promise<void>((resolve) => delivery.writable.end('ours', () => resolve()));
    await expect(delivery.commit()).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await text('out')).toBe('theirs');
    expect(await readdir(folder)).toStrictEqual(['out']);
  });
});

describe('without renaming', () => {
  beforeEach(() => {
    vi.mocked(link).mockRejectedValue(system('ENOSYS'));
    vi.mocked(rename).mockRejectedValue(system('ENOSYS'));
  });

  test.each([undefined, { overwrite: true }])('creates a new file in place, with %j', async (options) => {
    expect(await delivered(options)).toStrictEqual(['WRITTEN_IN_PLACE']);
    expect(await text('out')).toBe('new');
    expect(await readdir(folder)).toStrictEqual(['out']);
  });

  test.each(['', 'a longer text that was there before'])('overwrites in place a file that held %j', async (before) => {
    await writeFile(at('out'), before);
    expect(await delivered({ overwrite: true })).toStrictEqual(['WRITTEN_IN_PLACE']);
    expect(await text('out')).toBe('new');
  });

  test('refuses and keeps a file that was created meanwhile', async () => {
    const delivery = await file(at('out')).open();
    await writeFile(at('out'), 'theirs');
    await new Promise<void>((resolve) => delivery.writable.end('ours', () => resolve()));
    await expect(delivery.commit()).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await text('out')).toBe('theirs');
  });
});

test('overwrites in place a file that turns out at the end not to be replaceable', async () => {
  await writeFile(at('out'), 'old');
  const original = vi.mocked(rename).getMockImplementation();
  vi.mocked(rename).mockImplementation(async (from, to) => {
    if (to === at('out')) throw system('EBUSY');
    await original?.(from, to);
  });
  expect(await delivered({ overwrite: true })).toStrictEqual(['WRITTEN_IN_PLACE']);
  expect(await text('out')).toBe('new');
  expect(await readdir(folder)).toStrictEqual(['out']);
});

test('succeeds when the temporary name cannot be removed', async () => {
  vi.mocked(unlink).mockRejectedValue(system('EPERM'));
  await delivered();
  expect(await text('out')).toBe('new');
});
