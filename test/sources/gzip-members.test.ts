/** Members of gzip data, the bytes between them, and reports of faults: at every boundary of chunks. */
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { SluiceError } from '../../src/terms/errors.js';
import { decompressed } from './decompressed.js';
import { onlyInput } from './read-all.js';

/** The parts of a member; absent parts clear their flag. */
interface Member {
  readonly text: string;
  readonly level?: number;
  readonly extra?: Uint8Array;
  readonly name?: string;
  readonly comment?: string;
  readonly hasHeaderChecksum?: boolean;
}

function member({ text, level = 6, extra, name, comment, hasHeaderChecksum = false }: Member): Buffer {
  const flags = (hasHeaderChecksum ? 2 : 0) + (extra ? 4 : 0) + (name === undefined ? 0 : 8) + (comment ? 16 : 0);
  const parts = [Buffer.of(0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3)];
  if (extra) parts.push(Buffer.of(extra.length & 0xff, extra.length >> 8), Buffer.from(extra));
  if (name !== undefined) parts.push(Buffer.from(`${name}\0`));
  if (comment) parts.push(Buffer.from(`${comment}\0`));
  if (hasHeaderChecksum) {
    const checksum = crc32(Buffer.concat(parts)) & 0xffff;
    parts.push(Buffer.of(checksum & 0xff, checksum >> 8));
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(text), 0);
  trailer.writeUInt32LE(Buffer.byteLength(text), 4);
  return Buffer.concat([...parts, deflateRawSync(text, { level }), trailer]);
}

interface Outcome {
  readonly text: string;
  readonly error?: SluiceError;
}

/** The result of decompressing bytes in chunks of these sizes, the last of which repeats; of a pipe, and of a file of known size. */
async function outcomeOf(whole: Buffer, sizes: readonly number[], readSize = 50_000): Promise<Outcome> {
  const outcome = await outcomeOfInput(whole, sizes, readSize);
  // A larger one is read in the same way.
  if (whole.length > 65_536) return outcome;
  const known = await outcomeOfInput(whole, sizes, readSize, whole.length);
  expect(known.error?.code).toBe(outcome.error?.code);
  if (!known.error) expect(known.text === outcome.text).toBe(true);
  return outcome;
}

async function outcomeOfInput(
  whole: Buffer,
  sizes: readonly number[],
  readSize: number,
  size?: number,
): Promise<Outcome> {
  function* chunks() {
    for (let at = 0, index = 0; at < whole.length; index++) {
      const size = sizes[Math.min(index, sizes.length - 1)];
      yield whole.subarray(at, at + size);
      at += size;
    }
  }
  const given = { ...(await onlyInput(bytes(chunks()))), size };
  const input = await decompressed(given, new AbortController().signal);
  const memory = Buffer.alloc(readSize);
  const parts: Buffer[] = [];
  try {
    for (let length = await input.read(memory); length > 0; length = await input.read(memory)) {
      parts.push(Buffer.from(memory.subarray(0, length)));
    }
    return { text: Buffer.concat(parts).toString('latin1') };
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    // A second read reports the failure again.
    await expect(input.read(memory)).rejects.toBe(cause);
    return { text: Buffer.concat(parts).toString('latin1'), error: cause };
  } finally {
    await input.close();
  }
}

const latin = fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) });
const members = fc.array(
  fc.record(
    {
      text: fc.oneof(
        fc.string({ unit: 'binary-ascii', maxLength: 60 }),
        fc.integer({ min: 0, max: 100_000 }).map((length) => 'abcdefghij'.repeat(length / 10)),
      ),
      level: fc.constantFrom(0, 1, 6, 9),
      extra: fc.uint8Array({ maxLength: 40 }),
      name: latin,
      comment: fc.string({ minLength: 1, unit: 'grapheme-ascii' }),
      hasHeaderChecksum: fc.boolean(),
    },
    { requiredKeys: ['text'] },
  ),
  { minLength: 1, maxLength: 6 },
);
const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 100_000 })), {
  minLength: 1,
  maxLength: 20,
});

describe('members one after the other', () => {
  test('are decompressed, of any kind, with any padding between and after them, in any chunks', () =>
    fc.assert(
      fc.asyncProperty(members, fc.array(fc.nat(600)), chunkSizes, async (parts, paddings, sizes) => {
        const whole = Buffer.concat(
          parts.flatMap((part, index) => [member(part), Buffer.alloc(paddings[index % (paddings.length || 1)] ?? 0)]),
        );
        const text = parts.map((part) => part.text).join('');
        const { text: found, error } = await outcomeOf(whole, sizes);
        expect(error).toBeUndefined();
        expect(found === text).toBe(true);
      }),
      { numRuns: 60 },
    ));

  test('are decompressed at every boundary of chunks', async () => {
    const full = { level: 9, extra: Buffer.from('ab'), name: 'n', comment: 'c', hasHeaderChecksum: true };
    const whole = Buffer.concat([
      member({ text: 'one ', ...full }),
      Buffer.alloc(3),
      member({ text: '' }),
      member({ text: 'two', ...full }),
      Buffer.alloc(5),
    ]);
    for (let size = 1; size <= whole.length; size++) {
      expect(await outcomeOf(whole, [size])).toStrictEqual({ text: 'one two' });
      expect(await outcomeOf(whole, [size, whole.length])).toStrictEqual({ text: 'one two' });
    }
  });

  test('are decompressed by the hundred, with padding here and there', async () => {
    const parts = Array.from({ length: 500 }, (_, index) => member({ text: `${index},` }));
    const padded = parts.map((part, index) => (index % 97 === 0 ? Buffer.concat([part, Buffer.alloc(index)]) : part));
    const text = parts.map((_, index) => `${index},`).join('');
    for (const size of [1, 7, 1000, 1_000_000]) {
      expect((await outcomeOf(Buffer.concat(parts), [size])).text === text).toBe(true);
      expect(await outcomeOf(Buffer.concat(padded), [size])).toStrictEqual({ text });
    }
  });

  test('accept a padding of a hundred thousand zeros, and continue after it', async () => {
    const whole = Buffer.concat([member({ text: 'a' }), Buffer.alloc(100_000), member({ text: 'b' })]);
    for (const size of [999, 65_536, 1_000_000]) expect(await outcomeOf(whole, [size])).toStrictEqual({ text: 'ab' });
  });
});

describe('faults', () => {
  test('reports other bytes after a member by their offset', () =>
    fc.assert(
      fc.asyncProperty(
        members,
        fc.nat(50),
        fc.uint8Array({ minLength: 1 }).filter(([first]) => first !== 0 && first !== 0x1f),
        chunkSizes,
        async (parts, padding, garbage, sizes) => {
          const good = Buffer.concat([...parts.map(member), Buffer.alloc(padding)]);
          const { text, error } = await outcomeOf(Buffer.concat([good, garbage]), sizes);
          expect(error).toMatchObject({ code: 'CORRUPT_GZIP', stage: 'read', byteOffset: good.length });
          expect(error?.message).toContain(`byte ${good.length} begins neither another member nor padding`);
          expect(text === parts.map((part) => part.text).join('')).toBe(true);
        },
      ),
      { numRuns: 60 },
    ));

  test('reports data that ends early, unless it ends between two members', () =>
    fc.assert(
      fc.asyncProperty(
        members,
        fc.nat(9),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        chunkSizes,
        async (parts, pad, cut, sizes) => {
          const packed = parts.map((part) => Buffer.concat([member(part), Buffer.alloc(pad)]));
          const whole = Buffer.concat(packed);
          const length = Math.max(2, Math.floor(whole.length * cut));
          let [begin, complete, text] = [0, 0, ''];
          for (const [index, part] of packed.entries()) {
            if (begin + part.length - pad > length) break;
            begin += part.length;
            complete = Math.min(begin, length);
            text += parts[index].text;
          }
          const outcome = await outcomeOf(whole.subarray(0, length), sizes);
          if (complete === length) expect(outcome).toStrictEqual({ text });
          else expect(outcome.error).toMatchObject({ code: 'TRUNCATED', stage: 'read', byteOffset: begin });
          expect(
            parts
              .map((part) => part.text)
              .join('')
              .startsWith(outcome.text),
          ).toBe(true);
        },
      ),
      { numRuns: 60 },
    ));

  test('reports every changed byte that changes the text', () =>
    fc.assert(
      fc.asyncProperty(
        members,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        chunkSizes,
        async (parts, place, change, sizes) => {
          const whole = Buffer.concat(parts.map(member));
          const at = Math.max(2, Math.floor(whole.length * place));
          whole[at] ^= change;
          const { text, error } = await outcomeOf(whole, sizes);
          if (!error) expect(text === parts.map((part) => part.text).join('')).toBe(true);
          else {
            expect(['CORRUPT_GZIP', 'TRUNCATED']).toContain(error.code);
            expect(error.message).not.toContain('aborted');
            expect(error.byteOffset).toBeLessThanOrEqual(whole.length);
          }
        },
      ),
      { numRuns: 150 },
    ));

  test.each<[string, Buffer, string, number]>([
    ['a method other than deflate', Buffer.from('1f8b070000000000000300', 'hex'), 'the header of the member', 0],
    ['unknown flags', Buffer.from('1f8b084000000000000300', 'hex'), 'the header of the member', 0],
    ['a wrong checksum', Buffer.from(member({ text: 'abc' })).fill(7, 15, 16), 'does not match', 15],
    ['a wrong size', Buffer.concat([member({ text: 'abc' }).subarray(0, -1), Buffer.of(7)]), 'does not match', 15],
    [
      'a wrong checksum of the header',
      Buffer.from(member({ text: 'abc', name: 'n', hasHeaderChecksum: true })).fill(0x6d, 10, 11),
      'the header of the member',
      0,
    ],
  ])('%s', async (_what, whole, words, byteOffset) => {
    const { error } = await outcomeOf(whole, [3]);
    expect(error).toMatchObject({ code: 'CORRUPT_GZIP', byteOffset });
    expect(error?.message).toContain(words);
  });

  test('reports faults after hundreds of members, to within the bytes of one read', async () => {
    const good = Buffer.concat(Array.from({ length: 300 }, (_, index) => member({ text: `${index},` })));
    const { text, error } = await outcomeOf(Buffer.concat([good, Buffer.from('garbage')]), [64]);
    expect(error).toMatchObject({ code: 'CORRUPT_GZIP' });
    const [, from, to] = /between byte (\d+) and byte (\d+)/.exec(error?.message ?? '') ?? [];
    expect(Number(from)).toBeLessThanOrEqual(good.length);
    expect(Number(to)).toBeGreaterThan(good.length);
    expect('0,1,2,'.startsWith(text.slice(0, 6))).toBe(true);
  });
});
