/** Existing places: written directly, followed, replaced with their attributes, or refused before anything is read. */
import { createReadStream } from 'node:fs';
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import { type FileOptions, file } from '../../src/destinations/file.js';
import { isSamePlace } from '../../src/destinations/place.js';
import type { Note } from '../../src/terms/receipt.js';
import { spawnSync } from '../run-sync.js';

let folder = '';
const unmount: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-place-'));
});
afterEach(async () => {
  for (const mounted of unmount.splice(0)) spawnSync('umount', [mounted]);
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
const isRoot = process.getuid?.() === 0;
const OVERWRITE = { overwrite: true };

/** Delivers a text, as an export does. @returns the notes */
async function delivered(name: string, content: string, options?: FileOptions): Promise<readonly string[]> {
  const notes: Note[] = [];
  const context = { note: (note: Note) => void notes.push(note) };
  await deliver(Readable.from([Buffer.from(content)]), file(at(name), options), Promise.resolve(), context);
  return notes.map(({ code }) => code);
}

function ran(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

describe('writes directly to', () => {
  test.each([undefined, OVERWRITE])('a FIFO, with %j', async (options) => {
    if (!ran('mkfifo', at('fifo'))) return console.info('there are no FIFOs here: nothing was tested');
    const reading = text(createReadStream(at('fifo')));
    await delivered('fifo', 'through', options);
    expect(await reading).toBe('through');
    expect((await lstat(at('fifo'))).isFIFO()).toBe(true);
    expect(await readdir(folder)).toStrictEqual(['fifo']);
  });

  test('a FIFO, and stops waiting for its reader at an abort', async () => {
    if (!ran('mkfifo', at('fifo'))) return console.info('there are no FIFOs here: nothing was tested');
    const abort = new AbortController();
    const opening = file(at('fifo')).open({ signal: abort.signal });
    abort.abort();
    await expect(opening).rejects.toMatchObject({ code: 'ABORTED', path: at('fifo') });
  });

  test.each([undefined, OVERWRITE])('a device, with %j', async (options) => {
    if (!ran('mknod', at('null'), 'c', '1', '3')) return console.info('no device can be made: nothing was tested');
    await delivered('null', 'x'.repeat(1_000_000), options);
    expect((await lstat(at('null'))).isCharacterDevice()).toBe(true);
  });

  test('a full device, and reports DISK_FULL', async () => {
    if (!ran('mknod', at('full'), 'c', '1', '7')) return console.info('no device can be made: nothing was tested');
    await expect(delivered('full', 'x', OVERWRITE)).rejects.toMatchObject({ code: 'DISK_FULL', path: at('full') });
    expect((await lstat(at('full'))).isCharacterDevice()).toBe(true);
  });

  test('a socket', async () => {
    const received = new Promise<string>((resolve) => {
      const server = createServer((socket) => {
        server.close();
        resolve(text(socket));
      }).listen(at('socket'), () => void delivered('socket', 'through'));
    });
    expect(await received).toBe('through');
  });
});

describe('a link', () => {
  test('is followed: its target is replaced and the link stays', async () => {
    await mkdir(at('there'));
    await writeFile(at('there/target.json'), 'old');
    await symlink('there/target.json', at('link.json'));
    await delivered('link.json', 'new', OVERWRITE);
    expect((await lstat(at('link.json'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('there/target.json'), 'utf8')).toBe('new');
    expect(await readdir(at('there'))).toStrictEqual(['target.json']);
  });

  test('to a link is followed too, relative to its folder', async () => {
    await mkdir(at('a'));
    await symlink('../b.json', at('a/second'));
    await symlink('a/second', at('first'));
    await delivered('first', 'new', OVERWRITE);
    expect(await readFile(at('b.json'), 'utf8')).toBe('new');
  });

  test('to a missing file is followed only with overwrite', async () => {
    await symlink('nowhere', at('link'));
    await expect(delivered('link', 'x')).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    await delivered('link', 'new', OVERWRITE);
    expect(await readFile(at('nowhere'), 'utf8')).toBe('new');
    expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
  });

  test.each(['missing/x', 'circle'])('to %s is refused before anything is written', async (target) => {
    await symlink(target, at('circle'));
    await expect(delivered('circle', 'x', OVERWRITE)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect(await readdir(folder)).toStrictEqual(['circle']);
  });
});

describe('a file that is replaced', () => {
  test.each([0o600, 0o640, 0o444, 0o755])(
    'keeps the mode %o, and nobody may read more of it meanwhile',
    async (mode) => {
      await writeFile(at('out'), 'old');
      await chmod(at('out'), mode);
      const { writable, commit } = await file(at('out'), OVERWRITE).open();
      const [temporary] = (await readdir(folder)).filter((name) => name !== 'out');
      expect((await stat(at(temporary))).mode & 0o777 & ~mode).toBe(0);
      await new Promise<void>((resolve) => writable.end('new', () => resolve()));
      await commit();
      expect((await stat(at('out'))).mode & 0o777).toBe(mode);
    },
  );

  test('keeps its owner, where the system allows it', async () => {
    if (!isRoot) return console.info('only root may give files away: nothing was tested');
    await writeFile(at('out'), 'old');
    await chown(at('out'), 12_345, 23_456);
    await chmod(at('out'), 0o640);
    await delivered('out', 'new', OVERWRITE);
    expect(await stat(at('out'))).toMatchObject({ uid: 12_345, gid: 23_456, mode: 0o100640 });
  });

  test('is overwritten in place, with a note, where it is a mount point', async () => {
    await writeFile(at('host'), 'a longer text that was there before');
    await writeFile(at('out'), '');
    if (!ran('mount', '--bind', at('host'), at('out'))) return console.info('nothing can be mounted here');
    unmount.push(at('out'));
    expect(await delivered('out', 'new', OVERWRITE)).toStrictEqual(['WRITTEN_IN_PLACE']);
    expect(await readFile(at('host'), 'utf8')).toBe('new');
    expect(await delivered('out', 'and longer', OVERWRITE)).toStrictEqual(['WRITTEN_IN_PLACE']);
    expect(await readFile(at('host'), 'utf8')).toBe('and longer');
    expect((await readdir(folder)).sort()).toStrictEqual(['host', 'out']);
  });

  test('stays unchanged there when the export fails', async () => {
    await writeFile(at('host'), 'old');
    await writeFile(at('out'), '');
    if (!ran('mount', '--bind', at('host'), at('out'))) return console.info('nothing can be mounted here');
    unmount.push(at('out'));
    const proof = Promise.reject(new Error('broken'));
    proof.catch(() => {});
    const output = Readable.from([Buffer.from('half')]);
    await expect(deliver(output, file(at('out'), OVERWRITE), proof)).rejects.toThrow('broken');
    expect(await readFile(at('host'), 'utf8')).toBe('old');
  });
});

test('names a file in errors as the caller did, whatever link leads to it', async () => {
  await symlink('.', at('here'));
  const path = at('here/out');
  const { writable, commit } = await file(path).open();
  await writeFile(at('out'), 'theirs');
  await new Promise<void>((resolve) => writable.end('ours', () => resolve()));
  await expect(commit()).rejects.toMatchObject({
    code: 'DESTINATION_EXISTS',
    path,
    message: expect.stringContaining(path),
  });
});

test('writes in place to a writable file in a folder where no file can be created', async () => {
  await mkdir(at('closed'));
  await writeFile(at('closed/out'), 'old');
  if (isRoot) {
    if (!ran('mount', '--bind', at('closed'), at('closed'))) return console.info('nothing can be mounted here');
    unmount.push(at('closed'));
    if (!ran('mount', '-o', 'remount,ro,bind', at('closed'))) return console.info('nothing can be mounted here');
    await expect(delivered('closed/out', 'new', OVERWRITE)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    return;
  }
  await chmod(at('closed'), 0o555);
  expect(await delivered('closed/out', 'new', OVERWRITE)).toStrictEqual(['WRITTEN_IN_PLACE']);
  expect(await readFile(at('closed/out'), 'utf8')).toBe('new');
  await chmod(at('closed'), 0o755);
});

test.each(['', 'new/', 'there/'])('refuses %j as the name of a file', async (name) => {
  await mkdir(at('there'));
  const path = name === '' ? '' : at(name);
  await expect(file(path).open()).rejects.toMatchObject({ code: 'IS_DIRECTORY', path });
  expect(await readdir(folder)).toStrictEqual(['there']);
});

test('treats two names of one file as one place, whether it exists or not', async () => {
  await writeFile(at('a'), '');
  await link(at('a'), at('hard'));
  await symlink('a', at('soft'));
  await mkdir(at('sub'));
  expect(await isSamePlace(at('a'), at('hard'))).toBe(true);
  expect(await isSamePlace(at('a'), at('soft'))).toBe(true);
  expect(await isSamePlace(at('new'), `${folder}/sub/../new`)).toBe(true);
  expect(await isSamePlace(at('new'), at('other'))).toBe(false);
  expect(await isSamePlace('/dev/null', '/dev/null')).toBe(false);
});
