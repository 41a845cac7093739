/** Pieces that are deflated before what precedes them: the part holds all bytes in order, with their checksum. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32Joined } from '../../src/pack/crc32-joined.js';
import { BLOCK_BYTES } from '../../src/pack/deflate-blocks.js';
import { deflatedPieces } from '../../src/pack/deflated-pieces.js';
import { zipParts } from '../../src/pack/zip-parts.js';
import { runs } from '../runs.js';
import { chunksOf, someBytes } from './drive.js';
import { unzip } from './unzip.js';

const LARGE = someBytes(1.2 * BLOCK_BYTES);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: LARGE.length }).map((length) => LARGE.subarray(0, length)),
);

test('of two texts is that of both, for any lengths', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.uint8Array({ maxLength: 3000 }), (first, second) => {
      const crc = (bytes: Uint8Array) => (bytes.length === 0 ? 0 : crc32(bytes));
      expect(crc32Joined(crc(first), crc(second), second.length)).toBe(crc(Buffer.concat([first, second])));
    }),
    runs(40),
  );
});

test('pieces come out where they belong, between others', async () => {
  const pieces = fc.array(fc.tuple(content, fc.boolean()), { maxLength: 4 });
  const property = fc.asyncProperty(
    fc.array(pieces, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(0, 1, 6),
    fc.constantFrom(1, 3),
    fc.integer({ min: 1, max: 200_000 }),
    async (parts, level, threads, size) => {
      const options = { level, threads };
      const deflating = deflatedPieces(options);
      const made = [];
      for (const part of parts) {
        const out = [];
        for (const [bytes, early] of part) {
          if (!early) {
            out.push(bytes);
            continue;
          }
          for (const chunk of chunksOf(bytes, size + 1000)) await deflating.write(chunk);
          out.push(await deflating.end());
        }
        made.push({ name: `part-${made.length}`, pieces: out });
      }
      const archive: Buffer[] = [];
      for await (const chunk of zipParts(made, options)) archive.push(Buffer.from(chunk));
      await deflating.close();
      const files = await unzip(Buffer.concat(archive));
      const expected = parts.map((part) => Buffer.concat(part.map(([bytes]) => bytes)));
      // An assertion on megabytes would compare them byte by byte.
      expect(files.map((file, index) => file.content.equals(expected[index]))).toEqual(expected.map(() => true));
    },
  );
  await fc.assert(property, runs(10));
});
