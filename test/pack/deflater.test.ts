/** Sluice's deflater: what it writes is read by zlib, whatever the bytes, the window and the lengths are. */
import { Buffer } from 'node:buffer';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalog } from '../../src/generate/catalog.js';
import { deflateHere } from '../../src/pack/deflater-module.js';
import { SLUICE_LEVELS } from '../../src/terms/deflater.js';
import { runs } from '../runs.js';
import { someBytes } from './drive.js';

const NONE = Buffer.alloc(0);
const WINDOW_BYTES = 32_768;
const PART_BYTES = 256 * 1024;
const BLOCK_BYTES = 1024 * 1024;
/** An empty block that ends a stream. */
const ENDING = Buffer.of(3, 0);

const CATALOG = catalog({ seed: 1, form: 'lines', bytes: 2 * BLOCK_BYTES }).bytes;

/** Deflates and inflates in all ways; returns the least size. */
function expectRoundTrip(bytes: Buffer, window: Buffer = NONE): number {
  const sizes = SLUICE_LEVELS.flatMap((level) =>
    [true, false].map((last) => {
      const packed = deflateHere({ bytes, window, level, last });
      const stream = last ? packed : Buffer.concat([packed, ENDING]);
      const inflated = inflateRawSync(stream, window.length > 0 ? { dictionary: window } : {});
      expect(inflated.equals(bytes), `${bytes.length} bytes, level ${level}`).toBe(true);
      return packed.length;
    }),
  );
  return Math.min(...sizes);
}

/** Pseudo-random bytes without any pattern. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length + 8);
  for (let at = 0, state = 1n; at < length; at += 8) {
    state = (state * 6_364_136_223_846_793_005n + 1n) & 0xffff_ffff_ffff_ffffn;
    bytes.writeBigUInt64LE(state ^ (state >> 29n), at);
  }
  return bytes.subarray(0, length);
}

/** Bytes that repeat what was before, at all distances and lengths. */
const repeating = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.record({ back: fc.integer({ min: 1, max: 40_000 }), length: fc.integer({ min: 1, max: 600 }) }),
    ),
    { maxLength: 60 },
  )
  .map((pieces) => {
    const bytes: number[] = [];
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) bytes.push(...piece);
      else for (let n = 0; n < piece.length; n++) bytes.push(bytes[bytes.length - piece.back] ?? n % 7);
    }
    return Buffer.from(bytes);
  });

/** Bytes of few kinds, the rarest of which need the longest codes. */
const uneven = fc
  .record({ kinds: fc.integer({ min: 1, max: 30 }), length: fc.integer({ min: 0, max: 50_000 }), seed: fc.nat() })
  .map(({ kinds, length, seed }) => {
    let state = seed;
    const next = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    return Buffer.from(Array.from({ length }, () => Math.min(kinds - 1, Math.floor(-Math.log2(1 - next()) / 1.3)) * 8));
  });

test('restores random, repeating and uneven bytes, with any window', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }).map(Buffer.from), repeating, uneven);
  fc.assert(
    fc.property(bytes, bytes, (window, block) => {
      expectRoundTrip(block, window.subarray(-WINDOW_BYTES));
      // What a block has in its window is found there.
      expectRoundTrip(block, block.subarray(-WINDOW_BYTES));
    }),
    runs(200),
  );
});

test('restores every length up to 300, and around the edges of matches, windows, parts, stored texts and blocks', () => {
  for (let length = 0; length <= 300; length++) {
    for (const bytes of [CATALOG, noise(300), Buffer.alloc(300)]) expectRoundTrip(bytes.subarray(0, length));
  }
  const edges = [WINDOW_BYTES, 65_535, PART_BYTES, 2 * PART_BYTES, BLOCK_BYTES];
  for (const edge of edges) {
    for (let length = edge - 9; length <= Math.min(edge + 9, BLOCK_BYTES); length++) {
      expectRoundTrip(CATALOG.subarray(0, length), CATALOG.subarray(-WINDOW_BYTES));
      expectRoundTrip(noise(length));
    }
  }
});

test('restores matches of every length and distance', () => {
  const text = noise(WINDOW_BYTES + 300);
  for (let length = 3; length <= 260; length++) {
    expectRoundTrip(Buffer.concat([text.subarray(0, 500), text.subarray(100, 100 + length), Buffer.from('.')]));
  }
  for (let distance = 1; distance <= WINDOW_BYTES; distance = distance < 600 ? distance + 1 : distance + 509) {
    const bytes = Buffer.concat([text.subarray(0, distance), text.subarray(0, Math.min(distance, 20)), text]);
    expectRoundTrip(bytes.subarray(0, distance + 300));
  }
});

test('refers to the farthest byte of the window, and to none before it', () => {
  const text = noise(WINDOW_BYTES + 1);
  const start = text.subarray(0, 40);
  expect(expectRoundTrip(start, text.subarray(0, WINDOW_BYTES))).toBeLessThan(15);
  // The same one byte farther back, in the block itself.
  expectRoundTrip(Buffer.concat([text, start]));
});

test('stores what does not compress', () => {
  const bytes = noise(BLOCK_BYTES);
  for (const level of SLUICE_LEVELS) {
    const { length } = deflateHere({ bytes, window: NONE, level, last: true });
    expect(length).toBeLessThanOrEqual(bytes.length + 5 * 20);
  }
});

test('is as small as zlib on short texts and entities, and smaller on many', () => {
  const texts = ['', 'a', 'abc', 'hello hello hello hello', '{"entities":[]}', 'a'.repeat(1000)].map((text) =>
    Buffer.from(text),
  );
  const entities = [2000, 8000, 30_000, 300_000, BLOCK_BYTES].map((length) => CATALOG.subarray(0, length));
  for (const bytes of [...texts, ...entities]) {
    const ours = deflateHere({ bytes, window: NONE, level: 1, last: true });
    expect(ours.length, bytes.toString('latin1', 0, 20)).toBeLessThanOrEqual(
      deflateRawSync(bytes, { level: 1 }).length,
    );
  }
});

test('writes the same bytes whatever it deflated before', () => {
  const bytes = someBytes(BLOCK_BYTES);
  for (const level of SLUICE_LEVELS) {
    const task = { bytes, window: CATALOG.subarray(0, WINDOW_BYTES), level, last: false };
    const first = deflateHere(task);
    for (const other of [noise(BLOCK_BYTES), CATALOG.subarray(0, 5), Buffer.alloc(1000, 255)]) {
      for (const otherLevel of SLUICE_LEVELS) {
        deflateHere({ bytes: other, window: NONE, level: otherLevel, last: true });
        expect(deflateHere(task).equals(first)).toBe(true);
      }
    }
  }
});
