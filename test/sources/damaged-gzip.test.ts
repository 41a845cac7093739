/** Gzip that is cut off or damaged anywhere: an error, or the same content. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { ERROR_CODES } from '../../src/terms/errors.js';
import { GOOD } from '../cases/bad-input.cases.js';
import { exported } from './outcome.js';

describe('gzip', () => {
  const LINES = Array.from({ length: 40 }, (_, index) => `{"id":"e${index * 7919}","type":"t"}\n`).join('');
  const packed = gzipSync(LINES);
  const gzipped = (...chunks: readonly Uint8Array[]) => exported({ source: bytes(chunks), format: 'ndjson' });

  test('truncated anywhere is an error', async () => {
    for (let cut = 1; cut < packed.length; cut++) {
      const { error } = await gzipped(packed.subarray(0, cut));
      // One byte does not show that it is gzip.
      expect(error?.code, `cut at ${cut}`).toBe(cut === 1 ? 'NOT_AN_ENTITY' : 'TRUNCATED');
    }
  });

  test('truncated in its second member is an error', async () => {
    const both = Buffer.concat([packed, packed]);
    for (let cut = packed.length + 1; cut < both.length; cut++) {
      expect((await gzipped(both.subarray(0, cut))).error?.code, `cut at ${cut}`).toBe('TRUNCATED');
    }
  });

  test('of several members is read as one, in any chunks', async () => {
    const members = Buffer.concat([packed, gzipSync(''), packed, packed]);
    for (const size of [1, 7, packed.length, members.length]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < members.length; at += size) chunks.push(members.subarray(at, at + size));
      expect((await gzipped(...chunks)).output.toString()).toBe(LINES.repeat(3));
    }
  });

  test('with any bit flipped is an error or has the same content', async () => {
    for (let bit = 0; bit < packed.length * 8; bit++) {
      const damaged = Buffer.from(packed);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { error, output } = await gzipped(damaged);
      if (!error) expect(output.toString(), `bit ${bit}`).toBe(LINES);
      else if (bit < 16) expect(ERROR_CODES[error.code], `bit ${bit}: ${error.code}`).toBe('input');
      // Whatever the text looks like that it inflates to.
      else expect(error.code, `bit ${bit}`).toMatch(/^(CORRUPT_GZIP|TRUNCATED)$/);
    }
  });

  test('that inflates to faulty text is damaged gzip, not faulty JSON', async () => {
    const stored = gzipSync(LINES, { level: 0 });
    for (const [text, other] of [
      ['{', 'x'],
      [':', ';'],
      ['"e0"', '"e\xff"'],
      ['}', ' '],
    ]) {
      const damaged = Buffer.from(stored);
      damaged.write(other, damaged.indexOf(text), 'latin1');
      for (const onError of ['stop', 'skip', 'skip-file'] as const) {
        const { error, receipt } = await exported({ source: bytes([damaged]), format: 'ndjson', onError });
        const reason = onError === 'skip-file' ? receipt?.setAside?.first[0] : error;
        expect(reason, `${text} ${onError}`).toMatchObject({ code: 'CORRUPT_GZIP' });
      }
      const { error } = await exported({ source: bytes([damaged]), format: 'ndjson', reader: 'stream-json' });
      expect(error, `${text} stream-json`).toMatchObject({ code: 'CORRUPT_GZIP' });
    }
  });

  test('followed by other bytes is an error', async () => {
    for (const more of ['x', GOOD, `\n${LINES}`]) {
      const byteOffset = packed.length;
      expect((await gzipped(packed, Buffer.from(more))).error).toMatchObject({ code: 'CORRUPT_GZIP', byteOffset });
    }
    // This byte could still begin another member.
    expect((await gzipped(packed, Buffer.of(0x1f))).error).toMatchObject({ code: 'TRUNCATED' });
  });
});
