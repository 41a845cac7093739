/** The meter: passes bytes on, counts and digests them. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { type Measure, meterStage } from '../../src/pack/meter.js';
import { SluiceError } from '../../src/terms/errors.js';
import { chunkedBytes, chunksOf, drive } from './drive.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('passes everything on and measures all of it', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, async ({ bytes, sizes }) => {
      const reported: Measure[] = [];
      const stage = meterStage({ digest: true, report: (measure) => reported.push(measure) });
      expect((await drive(stage, chunksOf(bytes, sizes))).equals(bytes)).toBe(true);
      expect(reported).toStrictEqual([{ bytes: bytes.length, sha256: sha256(bytes) }]);
    }),
  );
});

test('makes a digest only on request', async () => {
  const reported: Measure[] = [];
  await drive(meterStage({ report: (measure) => reported.push(measure) }), [Buffer.from('abc')]);
  expect(reported).toStrictEqual([{ bytes: 3 }]);
});

test('measures what has passed so far, again and again', async () => {
  const run = newRun();
  const stage = meterStage({ digest: true, report: () => {} });
  for (const text of ['a', 'ab', 'abc']) {
    await stage.push(Buffer.from(text.slice(-1)), run);
    expect(stage.measure).toStrictEqual({ bytes: text.length, sha256: sha256(Buffer.from(text)) });
  }
});

test('continues after bytes that passed before', async () => {
  const reported: Measure[] = [];
  const before = { bytes: 2, hash: createHash('sha256').update('ab') };
  await drive(meterStage({ report: (measure) => reported.push(measure), before }), [Buffer.from('c')]);
  expect(reported).toStrictEqual([{ bytes: 3, sha256: sha256(Buffer.from('abc')) }]);
});

test('reports the bytes of a failed run without a digest, which only complete bytes have', async () => {
  const run = newRun();
  const reported: Measure[] = [];
  const stage = meterStage({ digest: true, report: (measure) => reported.push(measure) });
  await stage.push(Buffer.from('abc'), run);
  await stage.fail?.(new SluiceError('TRUNCATED', 'read', 'cut'), run);
  expect(reported).toStrictEqual([{ bytes: 3 }]);
});
