/** A file as a destination: complete under its name, or not at all. */
import { Buffer } from 'node:buffer';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import type { Delivery } from '../../src/destinations/destination.js';
import { type FileOptions, file } from '../../src/destinations/file.js';
import { SluiceError } from '../../src/terms/errors.js';
import { spawnSync } from '../run-sync.js';

let folder = '';
const unmount: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-file-'));
});

afterEach(async () => {
  for (const mounted of unmount.splice(0)) spawnSync('umount', [mounted]);
  await rm(folder, { recursive: true, force: true });
});

/** A hidden name that no glob for results matches. */
const TEMPORARY = /^\..+\.tmp$/;

const at = (name: string) => join(folder, name);
const there = () => readdir(folder);
const text = (name: string) => readFile(at(name), 'utf8');

async function write({ writable }: Delivery, content: string): Promise<void> {
  writable.end(content);
  await finished(writable);
}

async function failureOf(work: Promise<unknown>): Promise<SluiceError> {
  const error = await work.then(
    () => new Error('it worked'),
    (cause: unknown) => cause,
  );
  if (error instanceof SluiceError) return error;
  throw error;
}

/** The destination of a run. */
function target(name: string, options?: FileOptions) {
  return file(at(name), options);
}

/** A proof that rejects, handled already. */
function refused(error: unknown): Promise<never> {
  const proof = Promise.reject(error);
  proof.catch(() => {});
  return proof;
}

/** Delivers a text, as an export does. */
function delivered(name: string, content: string, options?: FileOptions): Promise<string> {
  return deliver(Readable.from([Buffer.from(content)]), target(name, options), Promise.resolve('ok'));
}

describe('the name', () => {
  test('appears only when the file is complete', async () => {
    const delivery = await target('out.json').open();
    expect(await there()).toStrictEqual([expect.stringMatching(TEMPORARY)]);
    await write(delivery, 'whole');
    expect(await there()).toStrictEqual([expect.stringMatching(TEMPORARY)]);
    await delivery.commit();
    expect(await there()).toStrictEqual(['out.json']);
    expect(await text('out.json')).toBe('whole');
  });

  test('never appears when the delivery is discarded', async () => {
    const delivery = await target('out.json').open();
    delivery.writable.write('half');
    await delivery.discard();
    expect(await there()).toStrictEqual([]);
  });

  test('may be discarded twice, and after everything was written', async () => {
    const delivery = await target('out.json').open();
    await write(delivery, 'whole');
    await delivery.discard();
    await delivery.discard();
    expect(await there()).toStrictEqual([]);
  });

  test('keeps the old file while it is replaced, and when replacing fails', async () => {
    await writeFile(at('out.json'), 'before');
    const delivery = await target('out.json', { overwrite: true }).open();
    delivery.writable.write('after');
    expect(await text('out.json')).toBe('before');
    await delivery.discard();
    expect(await text('out.json')).toBe('before');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test.each([
    ['long, in letters beyond ASCII', '目'.repeat(83)],
    ['as long as a file system allows', 'x'.repeat(255)],
    ['in characters of two units', '😀'.repeat(60)],
    ['with blanks and quotes', `a 'b' "c" $d`],
    ['beginning with a dash', '-rf'],
  ])('may be %s', async (_case, name) => {
    await delivered(name, 'whole');
    expect(await there()).toStrictEqual([name]);
  });

  test('is independent of parallel exports to other files', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `out${index}.json`);
    await Promise.all(names.map((name) => delivered(name, name)));
    expect((await there()).sort()).toStrictEqual(names);
  });
});

describe('a file that exists', () => {
  test('is refused before anything is written', async () => {
    await writeFile(at('out.json'), 'before');
    const error = await failureOf(delivered('out.json', 'after'));
    expect(error).toMatchObject({ code: 'DESTINATION_EXISTS', stage: 'write', path: at('out.json') });
    expect(await there()).toStrictEqual(['out.json']);
    expect(await text('out.json')).toBe('before');
  });

  test('is replaced with overwrite', async () => {
    await writeFile(at('out.json'), 'a longer text that was there before');
    await delivered('out.json', 'after', { overwrite: true });
    expect(await text('out.json')).toBe('after');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test('need not exist for overwrite', async () => {
    await delivered('out.json', 'new', { overwrite: true });
    expect(await text('out.json')).toBe('new');
  });

  test('that is created during the export is refused and kept', async () => {
    const delivery = await target('out.json').open();
    await write(delivery, 'ours');
    await writeFile(at('out.json'), 'theirs');
    expect(await failureOf(delivery.commit())).toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await text('out.json')).toBe('theirs');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test('refuses the second of two exports to it', async () => {
    const [a, b] = await Promise.all([target('out.json').open(), target('out.json').open()]);
    await Promise.all([write(a, 'first'), write(b, 'second')]);
    await a.commit();
    expect((await failureOf(b.commit())).code).toBe('DESTINATION_EXISTS');
    expect(await text('out.json')).toBe('first');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test('exists as a dangling link too', async () => {
    await symlink(at('nowhere'), at('out.json'));
    expect((await failureOf(delivered('out.json', 'x'))).code).toBe('DESTINATION_EXISTS');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test('is refused as a directory in any case', async () => {
    await mkdir(at('out.json'));
    expect((await failureOf(delivered('out.json', 'x'))).code).toBe('IS_DIRECTORY');
    expect((await failureOf(delivered('out.json', 'x', { overwrite: true }))).code).toBe('IS_DIRECTORY');
    expect(await there()).toStrictEqual(['out.json']);
  });

  test('is not blocked by the temporary file of a run that hangs or was killed', async () => {
    const killed = await target('out.json').open();
    killed.writable.write('half');
    await delivered('out.json', 'whole');
    expect(await text('out.json')).toBe('whole');
    await killed.discard();
  });
});

describe('a failing export', () => {
  test('leaves neither the file nor parts of it', async () => {
    async function* source() {
      yield Buffer.alloc(100_000);
      throw new SluiceError('INVALID_JSON', 'scan', 'broken');
    }
    const proof = refused(new SluiceError('INVALID_JSON', 'scan', 'broken'));
    const error = await failureOf(deliver(Readable.from(source()), target('out.json'), proof));
    expect(error.code).toBe('INVALID_JSON');
    expect(await there()).toStrictEqual([]);
  });

  test('leaves nothing when its output ended well', async () => {
    const proof = refused(new SluiceError('TRUNCATED', 'scan', 'cut'));
    const output = Readable.from([Buffer.from('{"status":"error"}')]);
    const error = await failureOf(deliver(output, target('out.json'), proof));
    expect(error.code).toBe('TRUNCATED');
    expect(await there()).toStrictEqual([]);
  });
});

describe('places that cannot be written', () => {
  test('a missing folder', async () => {
    const error = await failureOf(delivered('missing/out.json', 'x'));
    expect(error).toMatchObject({ code: 'WRITE_FAILED', stage: 'write', path: at('missing/out.json') });
    expect(error.message).toContain(at('missing/out.json'));
    expect(await there()).toStrictEqual([]);
  });

  test('a path under a file', async () => {
    await writeFile(at('plain'), '');
    expect(await failureOf(delivered('plain/out.json', 'x'))).toMatchObject({ code: 'WRITE_FAILED' });
  });

  test('a path with a NUL', async () => {
    expect(await failureOf(delivered('a\0b', 'x'))).toMatchObject({ stage: 'write' });
    expect(await there()).toStrictEqual([]);
  });

  test('a name longer than a file system allows', async () => {
    expect(await failureOf(delivered('x'.repeat(256), 'x'))).toMatchObject({ code: 'WRITE_FAILED' });
    expect(await there()).toStrictEqual([]);
  });

  test('a folder without permission', async () => {
    await mkdir(at('closed'));
    if (process.getuid?.() === 0) {
      if (!mount(at('closed'), 'ro'))
        return console.info('root may write anywhere and cannot mount: nothing was tested');
    } else {
      await chmod(at('closed'), 0o555);
    }
    expect((await failureOf(delivered('closed/out.json', 'x'))).code).toBe('PERMISSION_DENIED');
  });

  test('a full disk', async () => {
    await mkdir(at('small'));
    if (!mount(at('small'), 'size=64k')) return console.info('nothing can be mounted here: no full disk was tested');
    const output = Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(16_384)));
    const destination = target('small/out.json');
    expect(await failureOf(deliver(output, destination, Promise.resolve()))).toMatchObject({
      code: 'DISK_FULL',
      path: at('small/out.json'),
    });
    expect(await readdir(at('small'))).toStrictEqual([]);
  });
});

/** Mounts a file system in memory. @returns false where that is not allowed */
function mount(path: string, option: string): boolean {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', option, 'tmpfs', path]).status === 0;
  if (mounted) unmount.push(path);
  return mounted;
}
