/** The spool: bytes return unchanged, from memory or a file, and no file is left. */
import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Spool } from '../../src/terms/spool.js';
import { chunkedBytes, chunksOf, someBytes } from '../pack/drive.js';
import { failureOf } from '../sources/outcome.js';

let folder = '';
const temporary = process.env.TMPDIR;
function useTemporary(path: string | undefined): void {
  if (path === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
  else process.env.TMPDIR = path;
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-spool-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => useTemporary(temporary));

/** Number of open files in the folder, including unlinked ones; -1 where the system cannot list them. */
function openFiles(): number {
  if (!existsSync('/proc/self/fd')) return -1;
  const targets = readdirSync('/proc/self/fd').map((handle) => {
    try {
      return readlinkSync(`/proc/self/fd/${handle}`);
    } catch {
      // The handle that listed the folder is closed by now.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder)).length;
}

async function fill(spool: Spool, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) {
    const memory = Buffer.from(chunk);
    await spool.write(memory);
    // The caller may reuse the memory.
    memory.fill(0);
  }
}

async function read(spool: Spool): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of spool.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('returns the written bytes, more than once, for any chunks and memory', async () => {
  const property = fc.asyncProperty(chunkedBytes, fc.nat(600), async ({ bytes, sizes }, memory) => {
    const spool = temporarySpool(memory);
    await fill(spool, chunksOf(bytes, sizes));
    expect((await read(spool)).equals(bytes)).toBe(true);
    expect((await read(spool)).equals(bytes)).toBe(true);
    await spool.close();
  });
  await fc.assert(property, { numRuns: 60 });
});

test('uses an unlinked file beyond its memory, which is gone when the spool is closed', async () => {
  useTemporary(folder);
  const bytes = someBytes(1_000_000);
  const spool = temporarySpool(300_000);
  await fill(spool, chunksOf(bytes.subarray(0, 300_000), 70_000));
  expect(openFiles()).toBeLessThanOrEqual(0);
  await fill(spool, chunksOf(bytes.subarray(300_000), 70_000));
  expect(Math.abs(openFiles())).toBe(1);
  expect(await readdir(folder)).toStrictEqual([]);
  expect((await read(spool)).equals(bytes)).toBe(true);
  await spool.close();
  expect(openFiles()).toBeLessThanOrEqual(0);
});

test('keeps what fits into memory where no temporary file can be created, and fails beyond', async () => {
  useTemporary(join(folder, 'missing'));
  const spool = temporarySpool(100);
  await fill(spool, [someBytes(100)]);
  expect(await failureOf(fill(spool, [someBytes(1)]))).toMatchObject({ code: 'WRITE_FAILED', stage: 'wrap' });
  await spool.close();
});

describe('closing', () => {
  test.each([0, 1_000_000])('discards the bytes, also during writes and reads; memory %d', async (memory) => {
    useTemporary(folder);
    const spool = temporarySpool(memory);
    const writing = fill(spool, chunksOf(someBytes(500_000), 100_000)).catch((error: unknown) => error);
    await spool.close();
    expect(await writing).toMatchObject({ code: 'ABORTED' });
    expect(openFiles()).toBeLessThanOrEqual(0);
    expect((await failureOf(read(spool))).code).toBe('ABORTED');

    const other = temporarySpool(memory);
    await fill(other, chunksOf(someBytes(900_000), 100_000));
    const chunks = other.chunks();
    await chunks.next();
    await other.close();
    await other.close();
    expect(openFiles()).toBeLessThanOrEqual(0);
    expect(await readdir(folder)).toStrictEqual([]);
  });
});
