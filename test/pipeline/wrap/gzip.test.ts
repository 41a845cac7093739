/** Gzip: what goes in comes out, and the same bytes each time. */
import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gzipStage } from '../../../src/pipeline/wrap/gzip.js';
import { chunkedBytes, chunksOf, drive, someBytes } from './drive.js';

const CONTENT = someBytes(300_000);

test('any bytes in any chunks come back', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, fc.integer({ min: 0, max: 9 }), async ({ bytes, sizes }, level) => {
      const packed = await drive(gzipStage({ level }), chunksOf(bytes, sizes));
      expect(gunzipSync(packed).equals(bytes)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each([0, 1, 6, 9])('level %d gives the same bytes, however the input is cut', async (level) => {
  const whole = await drive(gzipStage({ level }), [CONTENT]);
  for (const sizes of [1_000_000, 65_536, 16_384, 997, [1, 70_000, 13], [32_768, 32_767, 32_769]]) {
    const cut = await drive(gzipStage({ level }), chunksOf(CONTENT, sizes));
    expect(cut.equals(whole), `chunks of ${sizes}`).toBe(true);
  }
});

test('nothing is a valid gzip of nothing', async () => {
  expect(gunzipSync(await drive(gzipStage(), []))).toHaveLength(0);
});

test('the header bears neither time nor name', async () => {
  const packed = await drive(gzipStage(), [CONTENT]);
  expect(packed.readUInt32LE(4)).toBe(0);
  expect(packed[3]).toBe(0);
});

test('what it answers does not depend on the memory of the chunk afterwards', async () => {
  const stage = gzipStage();
  const chunk = Buffer.from('abcd'.repeat(1000));
  const out = [...(await stage.push(chunk))];
  chunk.fill('x');
  out.push(...(await stage.flush()));
  expect(gunzipSync(Buffer.concat(out)).toString()).toBe('abcd'.repeat(1000));
});

test('closing midway releases everything and nothing is thrown later', async () => {
  const stage = gzipStage();
  await stage.push(CONTENT);
  const pending = Promise.resolve(stage.push(CONTENT)).catch(() => 'refused');
  await stage.close?.();
  await pending;
  await new Promise(setImmediate);
});
