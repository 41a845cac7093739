/** Inflating: complete streams, streams up to a flush, and none with further bytes. */
import { constants, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inflated } from '../../src/unpack/inflate.js';

const TEXT = '{"id":"1"}\n'.repeat(3000);

async function inflate(whole: Buffer, size: number): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
  }
  const parts: Buffer[] = [];
  for await (const part of inflated(chunks())) parts.push(part);
  return Buffer.concat(parts).toString();
}

test('inflates complete streams and streams up to a flush, in any chunks', async () => {
  for (const size of [1, 17, 100_000]) {
    expect((await inflate(deflateRawSync(TEXT), size)) === TEXT).toBe(true);
    const flushed = deflateRawSync(TEXT, { finishFlush: constants.Z_SYNC_FLUSH });
    expect((await inflate(flushed, size)) === TEXT).toBe(true);
  }
});

test('refuses further bytes, and never reports them as an abort', async () => {
  for (const size of [1, 17, 100_000]) {
    for (const more of [Buffer.alloc(1), Buffer.alloc(300_000), Buffer.from('more')]) {
      const whole = Buffer.concat([deflateRawSync(TEXT), more]);
      await expect(inflate(whole, size)).rejects.toThrow('further bytes follow the end of the deflated data');
    }
  }
});

test('passes a failure of its input on', async () => {
  const failure = new Error('gone');
  async function* failing() {
    yield deflateRawSync(TEXT).subarray(0, 20);
    throw failure;
  }
  const reading = (async () => {
    for await (const _ of inflated(failing()));
  })();
  await expect(reading).rejects.toBe(failure);
});
