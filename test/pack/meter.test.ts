/** The meter: passes bytes on, counts and digests them. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Measure, meterStage } from '../../src/pack/meter.js';
import { SluiceError } from '../../src/terms/errors.js';
import { chunkedBytes, chunksOf, drive } from './drive.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('everything passes on, and the measure is that of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, async ({ bytes, sizes }) => {
      const told: Measure[] = [];
      const stage = meterStage(
        () => true,
        (measure) => told.push(measure),
      );
      expect((await drive(stage, chunksOf(bytes, sizes))).equals(bytes)).toBe(true);
      expect(told).toStrictEqual([{ bytes: bytes.length, sha256: sha256(bytes) }]);
    }),
  );
});

test('no digest unless it is asked for', async () => {
  const told: Measure[] = [];
  const stage = meterStage(
    () => false,
    (measure) => told.push(measure),
  );
  await drive(stage, [Buffer.from('abc')]);
  expect(told).toStrictEqual([{ bytes: 3 }]);
});

test('whether to digest may still be decided until the first chunk', async () => {
  let asked = false;
  const told: Measure[] = [];
  const stage = meterStage(
    () => asked,
    (measure) => told.push(measure),
  );
  asked = true;
  await drive(stage, [Buffer.from('abc')]);
  expect(told).toStrictEqual([{ bytes: 3, sha256: sha256(Buffer.from('abc')) }]);
});

test('a failed run tells its bytes, but no digest that a whole file would have', async () => {
  const told: Measure[] = [];
  const stage = meterStage(
    () => true,
    (measure) => told.push(measure),
  );
  await stage.push(Buffer.from('abc'));
  await stage.fail?.(new SluiceError('TRUNCATED', 'read', 'cut'));
  expect(told).toStrictEqual([{ bytes: 3 }]);
});
