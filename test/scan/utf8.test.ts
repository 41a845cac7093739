/** Validation of UTF-8 agrees with TextDecoder and a plain loop, in any chunks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateUtf8 } from '../../src/scan/utf8.js';
import { firstBadByte } from '../naive/json-text.js';

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The first faulty byte when the bytes come in chunks. */
function badInChunks(bytes: Buffer, size: number): number {
  let valid = 0;
  for (let end = 0; ; end = Math.min(end + size, bytes.length)) {
    const last = end === bytes.length;
    const answer = validateUtf8(bytes, valid, end, last);
    expect(answer.valid).toBeGreaterThanOrEqual(valid);
    expect(decodes(bytes.subarray(0, answer.valid))).toBe(true);
    if (answer.bad >= 0 || last) return answer.bad;
    valid = answer.valid;
  }
}

const text = fc.string({ unit: fc.constantFrom('a', 'é', '中', '😀', '\u{10ffff}', '\u0800', '\ud7ff') });
const someBytes = fc.constantFrom(
  ...[0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1],
  ...[0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
);
const bytes = fc.oneof(
  text.map((one) => Buffer.from(one)),
  fc.array(someBytes, { maxLength: 30 }).map((all) => Buffer.from(all)),
  fc
    .tuple(text, fc.array(someBytes, { maxLength: 4 }), text)
    .map(([before, middle, after]) => Buffer.concat([Buffer.from(before), Buffer.from(middle), Buffer.from(after)])),
);

describe('validateUtf8', () => {
  it('finds the first byte that is not part of valid text', () => {
    const property = fc.property(bytes, fc.integer({ min: 1, max: 9 }), (all, size) => {
      const bad = firstBadByte(all, 0, all.length);
      expect(bad < 0).toBe(decodes(all));
      expect(validateUtf8(all, 0, all.length, true)).toEqual({ valid: bad < 0 ? all.length : bad, bad });
      expect(badInChunks(all, size)).toBe(bad);
    });
    fc.assert(property, { numRuns: 5000 });
  }, 30_000);

  it('judges every sequence of two and of three bytes', () => {
    const leads = Array.from({ length: 0x80 }, (_, index) => 0x80 + index);
    const seconds = [0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (const lead of leads) {
      for (const second of seconds) {
        for (const third of [[], [0x22], [0x80], [0xbf], [0xc3]]) {
          const all = Buffer.from([0x41, lead, second, ...third]);
          expect(validateUtf8(all, 0, all.length, true).bad).toBe(firstBadByte(all, 0, all.length));
        }
      }
    }
  });

  it('leaves a cut sequence to the next chunk, and reports it at the end', () => {
    const cut = Buffer.from('a😀').subarray(0, 4);
    expect(validateUtf8(cut, 0, 4, false)).toEqual({ valid: 1, bad: -1 });
    expect(validateUtf8(cut, 0, 4, true)).toEqual({ valid: 1, bad: 1 });
  });

  it('finds the one faulty byte of a large text', () => {
    const large = Buffer.from('é中😀a'.repeat(50_000));
    for (const at of [0, 1, 9, 123_456, large.length - 1]) {
      const spoilt = Buffer.from(large);
      spoilt[at] = 0xff;
      expect(validateUtf8(spoilt, 0, spoilt.length, true).bad).toBe(firstBadByte(spoilt, 0, spoilt.length));
    }
  });
});
