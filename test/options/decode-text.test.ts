/** Decoding of small texts: accepted encodings, and messages about others. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/options/decode-text.js';
import { SluiceError } from '../../src/terms/errors.js';

const LE = (text: string) => Buffer.from(text, 'utf16le');
const BE = (text: string) => LE(text).swap16();
const UTF32 = (text: string) => Buffer.concat([...text].map((letter) => Buffer.concat([LE(letter), Buffer.alloc(2)])));

function refusal(bytes: Uint8Array): SluiceError {
  try {
    decodeText(bytes, 'ids.txt');
  } catch (cause) {
    if (cause instanceof SluiceError) return cause;
  }
  throw new Error('it was taken');
}

describe('accepts', () => {
  test.each<[string, Buffer, string]>([
    ['UTF-8', Buffer.from('é1\n'), 'é1\n'],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffé1\n'), 'é1\n'],
    ['little-endian UTF-16 with its mark', LE('\ufeffé1\n'), 'é1\n'],
    ['big-endian UTF-16 with its mark', BE('\ufeffé1\n'), 'é1\n'],
    ['nothing', Buffer.alloc(0), ''],
    ['a mark alone', Buffer.from('\ufeff'), ''],
    ['a replacement character in the text', Buffer.from('\ufffd'), '\ufffd'],
    ['a second mark, which is a character', Buffer.from('\ufeff\ufeffa'), '\ufeffa'],
    ['a zero among other letters', Buffer.from('abc\0def'), 'abc\0def'],
  ])('%s', (_what, bytes, text) => {
    expect(decodeText(bytes, 'ids.txt')).toBe(text);
  });

  test('every text, with a mark or without, in a part of a larger memory too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const marked = `\ufeff${text}`;
        expect(decodeText(Buffer.concat([Buffer.from('x'), Buffer.from(marked)]).subarray(1), 'x')).toBe(text);
        expect(decodeText(LE(marked), 'x')).toBe(text);
        expect(decodeText(BE(marked), 'x')).toBe(text);
      }),
    );
  });
});

describe('refuses, with a guess at the format', () => {
  test.each<[string, Uint8Array, RegExp, number | undefined]>([
    ['Latin-1', Buffer.from('abc\xe9\n', 'latin1'), /at byte 3: it looks like Latin-1/, 3],
    ['Latin-1 after other letters', Buffer.from('c3a9efbfbde90a', 'hex'), /at byte 5/, 5],
    ['a truncated sequence', Buffer.from('abé').subarray(0, 3), /at byte 2/, 2],
    ['UTF-16 without a mark', LE('abc\ndef'), /looks like UTF-16LE/, undefined],
    ['big-endian UTF-16 without a mark', BE('abc\ndef'), /looks like UTF-16BE/, undefined],
    ['UTF-32', UTF32('abc'), /looks like UTF-32LE/, undefined],
    ['UTF-32 with a mark', UTF32('\ufeffabc'), /looks like UTF-32LE/, undefined],
    ['truncated UTF-16', LE('\ufeffab').subarray(0, 5), /begins as UTF-16LE but is truncated/, undefined],
    ['half of a surrogate pair', LE('\ufeff\ud800x'), /begins as UTF-16LE but is truncated/, undefined],
    ['gzip', gzipSync('abc'), /looks like gzip/, undefined],
    ['a zip', Buffer.from('504b0304ff', 'hex'), /looks like a zip archive/, undefined],
    ['binary data', Buffer.of(0xff, 0, 1, 2, 0xff, 7), /looks like binary data/, 0],
  ])('%s', (_what, bytes, message, byteOffset) => {
    const error = refusal(bytes);
    expect(error).toMatchObject({ code: 'INVALID_UTF8', stage: 'accept', source: 'ids.txt' });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('ids.txt');
    if (byteOffset !== undefined) expect(error.byteOffset).toBe(byteOffset);
  });

  test('decoded text encodes to its bytes again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const text = decodeText(bytes, 'x');
          const again = [Buffer.from(text), Buffer.from(`\ufeff${text}`), LE(`\ufeff${text}`), BE(`\ufeff${text}`)];
          expect(again.some((one) => one.equals(bytes))).toBe(true);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'INVALID_UTF8' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
