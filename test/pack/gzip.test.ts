/** Gzip: round trips, and the same bytes each time. */
import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { BLOCK_BYTES } from '../../src/pack/deflate-blocks.js';
import { gzipStage } from '../../src/pack/gzip.js';
import { spawnSync } from '../run-sync.js';
import { chunkedBytes, chunksOf, drive, someBytes } from './drive.js';

const run = newRun();

const CONTENT = someBytes(300_000);

/** More than two blocks. */
const BLOCKS = someBytes(2.3 * BLOCK_BYTES);

test('restores any bytes in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, fc.integer({ min: 0, max: 9 }), async ({ bytes, sizes }, level) => {
      const packed = await drive(gzipStage({ level }), chunksOf(bytes, sizes));
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

/** Sizes of chunks; other levels differ in how they search, not in how they take chunks. */
const CUTS = [1_000_000, 65_536, 16_384, 997, [1, 70_000, 13], [32_768, 32_767, 32_769]];

test.each([0, 1, 6, 9])('gives the same bytes at level %d, however the input is cut', async (level) => {
  const whole = await drive(gzipStage({ level }), [BLOCKS]);
  expect(gunzipSync(whole).equals(BLOCKS)).toBe(true);
  for (const [turn, sizes] of (level === 0 || level === 6 ? CUTS : CUTS.slice(-2)).entries()) {
    const cut = await drive(gzipStage({ level, threads: 1 + (turn % 4) }), chunksOf(BLOCKS, sizes));
    expect(cut.equals(whole), `chunks of ${sizes}`).toBe(true);
  }
});

test.each([BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES])('restores %d bytes', async (length) => {
  for (const level of [0, 1]) {
    const packed = await drive(gzipStage({ level }), [BLOCKS.subarray(0, length)]);
    expect(gunzipSync(packed).equals(BLOCKS.subarray(0, length))).toBe(true);
  }
});

test('makes a valid gzip of an empty input', async () => {
  expect(gunzipSync(await drive(gzipStage(), []))).toHaveLength(0);
});

test('writes a header without time, name and operating system', async () => {
  const packed = await drive(gzipStage(), [CONTENT]);
  expect(packed[9]).toBe(255);
  expect(packed.readUInt32LE(4)).toBe(0);
  expect(packed[3]).toBe(0);
});

test('returns bytes that do not change when the memory of the chunk is reused', async () => {
  const stage = gzipStage();
  const chunk = Buffer.from('abcd'.repeat(1000));
  const out = [...(await stage.push(chunk, run))];
  chunk.fill('x');
  out.push(...(await stage.flush(run)));
  expect(gunzipSync(Buffer.concat(out)).toString()).toBe('abcd'.repeat(1000));
});

test.each([0, 1, 9])('passes gzip -t at level %d', async (level) => {
  const { error, status } = spawnSync('gzip', ['-t'], { input: await drive(gzipStage({ level }), [BLOCKS]) });
  if (error) return console.info('gzip is not on this machine: nothing was tested');
  expect(status).toBe(0);
});

test('releases everything when closed midway, and throws nothing later', async () => {
  const stage = gzipStage();
  await stage.push(BLOCKS, run);
  const pending = Promise.resolve(stage.push(BLOCKS, run)).catch(() => 'refused');
  await stage.close?.();
  await pending;
  await new Promise(setImmediate);
});
