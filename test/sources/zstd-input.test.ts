/** An input in Zstandard resumes at a frame, and decompresses frames beside one another. */
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { CompressedBytes } from '../../src/sources/compressed-bytes.js';
import type { ByteInput } from '../../src/sources/source.js';
import { decompressFrames } from '../../src/sources/zstd-frames.js';
import { zstdInput } from '../../src/sources/zstd-input.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';

const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');

function zstd(content: Buffer): Buffer {
  return typeof compress === 'function' ? Reflect.apply(compress, zlib, [content]) : Buffer.alloc(0);
}

/** A frame without data. */
const NOTHING = Buffer.concat([Buffer.from('5a2a4d1803000000', 'hex'), Buffer.from('abc')]);

/** A file in memory that can be read from anywhere; its marks are its bytes up to there. */
function memoryInput(file: Buffer, size: number): ByteInput {
  let at = 0;
  return {
    kind: 'bytes',
    name: 'in.zst',
    readsAhead: true,
    resumable: {
      identity: 'memory',
      markAt: (byteOffset) => () => file.subarray(0, byteOffset).toString('hex'),
      async seek(byteOffset, mark) {
        if (mark !== file.subarray(0, byteOffset).toString('hex')) throw new Error('other bytes');
        at = byteOffset;
        return [];
      },
    },
    async read(into) {
      const length = file.copy(into, 0, at, at + Math.min(size, into.length));
      at += length;
      return length;
    },
    close: async () => {},
  };
}

/** Reads to the end, in pieces of this size. */
async function restOf(input: ByteInput, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (;;) {
    const into = Buffer.alloc(size);
    const length = await input.read(into);
    if (length === 0) return Buffer.concat(pieces);
    pieces.push(into.subarray(0, length));
  }
}

const { signal } = newRun();

describe.skipIf(!hasZstd())('an input in Zstandard', () => {
  test('continues at any byte of the text, as if it had never stopped', async () => {
    const frames = fc.array(fc.uint8Array({ minLength: 0, maxLength: 400 }), { minLength: 1, maxLength: 6 });
    const case_ = fc.record({
      frames,
      scale: fc.constantFrom(1, 2000),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(case_, async ({ frames: contents, scale, part }) => {
        const texts = contents.map((content) => Buffer.concat(Array<Uint8Array>(scale).fill(content)));
        const file = Buffer.concat(texts.flatMap((text) => [NOTHING, zstd(text)]));
        const text = Buffer.concat(texts);
        const cut = Math.floor(part * text.length);

        const first = zstdInput(memoryInput(file, 1000), signal);
        for (let left = cut; left > 0; ) left -= await first.read(Buffer.alloc(Math.min(left, 70_000)));
        const stored = first.resumable?.storedBefore?.(cut);
        const mark = first.resumable?.markAt?.(cut);
        // Where nothing was read yet, there is nothing to continue.
        expect(mark === undefined).toBe(stored === undefined);
        if (!mark) {
          expect(cut).toBe(0);
          return;
        }
        expect(stored).toBeLessThanOrEqual(file.length);
        const kept: unknown = JSON.parse(JSON.stringify(await mark()));
        await first.close();

        const second = zstdInput(memoryInput(file, 777), signal);
        expect(await second.resumable?.seek(cut, kept, 'lines')).toStrictEqual([]);
        expect((await restOf(second, 50_000)).equals(text.subarray(cut))).toBe(true);
        await second.close();
      }),
      { numRuns: 40 },
    );
  });

  test('begins with the last frame before the place', async () => {
    const texts = Array.from({ length: 5 }, (_, index) => Buffer.alloc(300_000, String(index)));
    const frames = texts.map((text) => zstd(text));
    const file = Buffer.concat(frames);
    const input = zstdInput(memoryInput(file, 100_000), signal);
    let at = 0;
    for (const [index, length] of [1, 299_999, 1, 600_000, 300_000].entries()) {
      for (let left = length; left > 0; ) left -= await input.read(Buffer.alloc(left));
      at += length;
      const before = Math.min(4, [0, 1, 1, 3, 4][index]);
      expect(input.resumable?.storedBefore?.(at)).toBeLessThanOrEqual(
        frames.slice(0, before).reduce((sum, frame) => sum + frame.length, 0),
      );
    }
    expect(input.resumable?.storedBefore?.(at)).toBe(file.length - frames[4].length);
    await input.close();
  });

  test('refuses a file that has changed behind the frame, where it was read already', async () => {
    const text = Buffer.from('{"id":"1"}\n'.repeat(1000));
    const file = Buffer.concat([zstd(text), zstd(text)]);
    const input = zstdInput(memoryInput(file, 100), signal);
    await input.read(Buffer.alloc(100));
    const mark = await input.resumable?.markAt?.(50)?.();
    await input.close();
    const other = Buffer.from(file);
    other[30] ^= 1;
    const changed = zstdInput(memoryInput(other, 100), signal);
    await expect(changed.resumable?.seek(50, mark, 'lines')).rejects.toThrow('other bytes');
  });
});

describe.skipIf(!hasZstd())('frames beside one another', () => {
  /** The text up to the failure, and its code and place. */
  async function outcome(file: Buffer, atOnce: number) {
    let at = 0;
    const bytes = new CompressedBytes(async (into) => {
      const length = file.copy(into, 0, at, at + 500);
      at += length;
      return length;
    });
    const pieces: Buffer[] = [];
    const starts: number[] = [];
    let failure: unknown;
    try {
      const onFrame = (start: number) => void starts.push(start);
      for await (const piece of decompressFrames(bytes, 'in.zst', { atOnce, onFrame })) pieces.push(piece);
    } catch (cause) {
      failure = cause;
    }
    const { code, byteOffset } = Object(failure);
    return { text: Buffer.concat(pieces).toString('hex'), starts, code, byteOffset };
  }

  const FRAMES = fc
    .array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(new Uint8Array(200_000).fill(7))), { maxLength: 7 })
    .map((contents) => Buffer.concat(contents.map((content) => zstd(Buffer.from(content)))));

  test('give what they give one by one, up to the first fault', async () => {
    await fc.assert(
      fc.asyncProperty(FRAMES, fc.option(fc.nat()), fc.option(fc.nat()), async (whole, cutAt, flipAt) => {
        const file = Buffer.from(cutAt === null ? whole : whole.subarray(0, cutAt % (whole.length + 1)));
        if (flipAt !== null && file.length > 0) file[flipAt % file.length] ^= 0x10;
        const one = await outcome(file, 1);
        const several = await outcome(file, 3);
        expect({ code: several.code, byteOffset: several.byteOffset }).toStrictEqual({
          code: one.code,
          byteOffset: one.byteOffset,
        });
        // Of a frame with a fault, only those that are decompressed piece by piece give a part.
        expect(one.text.startsWith(several.text)).toBe(true);
        if (one.code === undefined) expect(several).toStrictEqual(one);
      }),
      { numRuns: 60 },
    );
  });
});
