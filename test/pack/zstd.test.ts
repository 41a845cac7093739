/** Zstandard: round trips, the table at the end, the same bytes each time, and results that fail. */
import { Buffer } from 'node:buffer';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { BLOCK_BYTES } from '../../src/pack/deflate-blocks.js';
import { zstdStage } from '../../src/pack/zstd.js';
import { zstdContent } from '../../src/sources/zstd-frames.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { spawnSync } from '../run-sync.js';
import { chunkedBytes, chunksOf, drive, someBytes } from './drive.js';

const run = newRun();

/** More than two blocks. */
const BLOCKS = someBytes(2.3 * BLOCK_BYTES);

/** A frame, decompressed by Node. */
function unzstd(frame: Buffer): Buffer {
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  return typeof decompress === 'function' ? Reflect.apply(decompress, zlib, [frame]) : Buffer.alloc(0);
}

async function contentOf(packed: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of zstdContent(chunks([packed]))) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* chunks(all: readonly Buffer[]): AsyncGenerator<Buffer, void> {
  yield* all;
}

/** The frames that the table at the end lists, as the seekable format says. */
function listed(packed: Buffer): readonly { readonly frame: Buffer; readonly size: number }[] {
  const end = packed.length;
  expect(packed.readUInt32LE(end - 4)).toBe(0x8f92eab1);
  expect(packed[end - 5]).toBe(0);
  const count = packed.readUInt32LE(end - 9);
  const start = end - 9 - 8 * count;
  expect(packed.readUInt32LE(start - 8)).toBe(0x184d2a5e);
  expect(packed.readUInt32LE(start - 4)).toBe(end - start);
  const frames: { frame: Buffer; size: number }[] = [];
  let at = 0;
  for (let entry = start; entry < end - 9; entry += 8) {
    const length = packed.readUInt32LE(entry);
    frames.push({ frame: packed.subarray(at, at + length), size: packed.readUInt32LE(entry + 4) });
    at += length;
  }
  expect(at).toBe(start - 8);
  return frames;
}

describe.skipIf(!hasZstd())('Zstandard', () => {
  test('restores any bytes in any chunks', async () => {
    await fc.assert(
      fc.asyncProperty(chunkedBytes, fc.integer({ min: 1, max: 19 }), async ({ bytes, sizes }, level) => {
        const packed = await drive(zstdStage({ level }), chunksOf(bytes, sizes));
        expect((await contentOf(packed)).equals(bytes)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test.each([1, 3, 12])('gives the same bytes at level %d, however the input is cut', async (level) => {
    const whole = await drive(zstdStage({ level, threads: 1 }), [BLOCKS]);
    expect((await contentOf(whole)).equals(BLOCKS)).toBe(true);
    for (const [turn, sizes] of [1_000_000, 65_536, 997, [1, 70_000, 13]].entries()) {
      const cut = await drive(zstdStage({ level, threads: 1 + (turn % 4) }), chunksOf(BLOCKS, sizes));
      expect(cut.equals(whole), `chunks of ${sizes}`).toBe(true);
    }
  });

  test.each([
    [0, 1],
    [1, 1],
    [BLOCK_BYTES - 1, 1],
    [BLOCK_BYTES, 1],
    [BLOCK_BYTES + 1, 2],
    [2 * BLOCK_BYTES, 2],
    [BLOCKS.length, 3],
  ])('lists the frames of %d bytes: %d', async (length, count) => {
    const bytes = BLOCKS.subarray(0, length);
    const frames = listed(await drive(zstdStage(), [bytes]));
    expect(frames).toHaveLength(count);
    const contents = frames.map(({ frame, size }) => {
      const content = unzstd(frame);
      expect(content).toHaveLength(size);
      return content;
    });
    expect(Buffer.concat(contents).equals(bytes)).toBe(true);
  });

  test('continues after any chunk with the same bytes', async () => {
    const whole = await drive(zstdStage(), [BLOCKS]);
    for (const cut of [0, 1000, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 5, 2 * BLOCK_BYTES]) {
      const stage = zstdStage();
      const before = [...(await stage.push(BLOCKS.subarray(0, cut), run)), ...((await stage.drain?.(run)) ?? [])];
      const from = stage.checkpoint;
      await stage.close?.();
      const after = await drive(zstdStage({ from }), [BLOCKS.subarray(cut)]);
      expect(Buffer.concat([...before, after]).equals(whole), `after ${cut} bytes`).toBe(true);
    }
  });

  test.each([0, 1000, BLOCK_BYTES, BLOCKS.length])('that fails after %d bytes ends inside a frame', async (length) => {
    const stage = zstdStage();
    const pieces = [...(await stage.push(BLOCKS.subarray(0, length), run))];
    await stage.close?.();
    const cut = Buffer.concat(pieces);
    expect(cut.length).toBeGreaterThan(0);
    await expect(contentOf(cut)).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  test.skipIf(spawnSync('zstd', ['--version']).status !== 0)('is accepted by the command', async () => {
    for (const bytes of [Buffer.alloc(0), BLOCKS]) {
      const input = await drive(zstdStage(), [bytes]);
      const { status, stdout } = spawnSync('zstd', ['-d', '-c'], { input, maxBuffer: 2 * BLOCKS.length });
      expect(status).toBe(0);
      expect(stdout.equals(bytes)).toBe(true);
      expect(spawnSync('zstd', ['-t'], { input: input.subarray(0, -100) }).status).not.toBe(0);
    }
  });

  test('returns bytes that do not change when the memory of the chunk is reused', async () => {
    const stage = zstdStage();
    const chunk = Buffer.from(BLOCKS);
    const pieces = [...(await stage.push(chunk, run))];
    chunk.fill(0);
    pieces.push(...(await stage.flush(run)));
    expect((await contentOf(Buffer.concat(pieces))).equals(BLOCKS)).toBe(true);
  });
});

test.skipIf(hasZstd())('names the versions of Node that have it', () => {
  expect(() => zstdStage()).toThrow(/Node 22\.15 or newer.* this is v20/);
});
