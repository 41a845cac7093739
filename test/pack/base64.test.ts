/** Base64 of a stream equals base64 of all its bytes, however the stream is cut. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { base64Stage, base64TextStage } from '../../src/pack/base64.js';
import { SluiceError } from '../../src/terms/errors.js';
import { chunkedBytes, chunksOf, drive, someBytes } from './drive.js';

const run = newRun();

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('encodes %d bytes, cut at every position', async (length) => {
  const bytes = someBytes(length);
  for (let cut = 0; cut <= length; cut++) {
    const chunks = [bytes.subarray(0, cut), Buffer.alloc(0), bytes.subarray(cut)];
    expect((await drive(base64Stage(), chunks)).toString()).toBe(bytes.toString('base64'));
  }
});

test('encodes any bytes in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, async ({ bytes, sizes }) => {
      const text = await drive(base64Stage(), chunksOf(bytes, sizes));
      expect(text.toString()).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});

test.each([
  ['one chunk larger than a slice', 200_001],
  ['chunks around the size of a slice', [49_151, 49_152, 49_153, 1]],
  ['chunks that repeatedly leave two bytes over', [2, 65_536]],
  ['chunks whose length has any rest', [24_577, 24_578, 24_579, 24_580, 24_587, 24_589]],
])('encodes %s', async (_case, sizes) => {
  const bytes = someBytes(200_001);
  expect((await drive(base64Stage(), chunksOf(bytes, sizes))).equals(Buffer.from(bytes.toString('base64')))).toBe(true);
});

test('returns text that does not change when the memory of the chunk is reused', async () => {
  const stage = base64Stage();
  const chunk = Buffer.from('abcd');
  const out = [...(await stage.push(chunk, run))];
  chunk.fill('x');
  out.push(...(await stage.push(Buffer.from('ef'), run)), ...(await stage.flush(run)));
  expect(Buffer.concat(out).toString()).toBe(Buffer.from('abcdef').toString('base64'));
});

test('leaves decodable text after a failure', async () => {
  const stage = base64Stage();
  const out = [...(await stage.push(Buffer.from('abcde'), run))];
  out.push(...((await stage.fail?.(new SluiceError('TRUNCATED', 'read', 'cut'), run)) ?? []));
  expect(Buffer.from(Buffer.concat(out).toString(), 'base64').toString()).toBe('abcde');
  expect(Buffer.concat(out).length % 4).toBe(0);
});

test('passes base64 text in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedBytes, async ({ bytes, sizes }) => {
      const text = Buffer.from(Buffer.from(bytes).toString('base64'));
      expect(await drive(base64TextStage(), chunksOf(text, sizes))).toStrictEqual(text);
    }),
  );
});

test.each(['"', '\n', '-', '_', '=A', '\0', '\xff'])('refuses text with %j, at its position', async (other) => {
  for (let at = 0; at < 14; at++) {
    const text = Buffer.from(`${'A'.repeat(at)}${other}AAAAAAAA`, 'latin1');
    for (const sizes of [[64], [1], [5]]) {
      const fault = other === '=A' ? at + 1 : at;
      const refusal = { name: 'SluiceError', code: 'INVALID', message: expect.stringContaining(` ${fault} `) };
      await expect(drive(base64TextStage(), chunksOf(text, sizes))).rejects.toMatchObject(refusal);
    }
  }
});
