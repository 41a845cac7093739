/** Zstandard input: every frame, or a fault with its place; by name where Node does not read it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { decompressedBy } from '../../src/sources/decompress.js';
import { decompressFrames } from '../../src/sources/zstd-frames.js';
import { SluiceError } from '../../src/terms/errors.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { exported, failureOf } from './outcome.js';
import { onlyInput, textOf } from './read-all.js';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-zstd-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const compress: unknown = Reflect.get(zlib, 'zstdCompressSync');

function zstd(content: string | Buffer, options?: object): Buffer {
  if (typeof compress !== 'function') return Buffer.alloc(0);
  return Reflect.apply(compress, zlib, [Buffer.from(content), options]);
}

/** Adds a checksum to a frame: ZSTD_c_checksumFlag. */
const WITH_CHECKSUM = { params: { 201: 1 } };

/** A frame of raw blocks, each with its bytes; the last one is marked. */
function rawFrame(...blocks: readonly string[]): Buffer {
  const parts = blocks.map((block, index) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (index === blocks.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([header, Buffer.from(block)]);
  });
  return Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.of(0x00, 0x58), ...parts]);
}

/** A frame without data. */
const NOTHING = Buffer.concat([Buffer.from('5a2a4d1803000000', 'hex'), Buffer.from('abc')]);

async function read(chunks: readonly Buffer[], size = 1000): Promise<string> {
  const { signal } = new AbortController();
  const opened = decompressedBy(decompressFrames, await onlyInput(bytes(chunks)), signal);
  try {
    return await textOf(opened, size);
  } finally {
    await opened.close();
  }
}

describe.skipIf(!hasZstd())('Zstandard', () => {
  const LINES = Array.from({ length: 20_000 }, (_, index) => `{"id":"e${index * 7919}"}\n`).join('');

  test.each<[string, () => readonly Buffer[], string]>([
    ['one frame', () => [zstd(LINES)], LINES],
    ['several frames', () => [zstd('a'), zstd(LINES), rawFrame('b', 'c'), zstd('')], `a${LINES}bc`],
    ['frames without data between them', () => [NOTHING, zstd('a'), NOTHING, NOTHING, zstd('b'), NOTHING], 'ab'],
    ['raw blocks', () => [rawFrame('one ', '', 'two')], 'one two'],
    ['nothing but frames without data', () => [NOTHING], ''],
  ])('is read: %s', async (_what, frames, expected) => {
    const whole = Buffer.concat(frames());
    expect((await read([whole])) === expected).toBe(true);
    if (whole.length > 2000) return;
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(await read([whole.subarray(0, cut), whole.subarray(cut)])).toBe(expected);
    }
  });

  test('is damaged, not faulty JSON, whatever text a flipped bit makes', async () => {
    const lines = LINES.slice(0, LINES.indexOf('\n', 500) + 1);
    const packed = zstd(lines, WITH_CHECKSUM);
    for (let bit = 32; bit < packed.length * 8; bit += 3) {
      const damaged = Buffer.from(packed);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { error, output } = await exported({ source: bytes([damaged]), format: 'ndjson' });
      if (!error) expect(output.toString(), `bit ${bit}`).toBe(lines);
      else expect(error.code, `bit ${bit}`).toMatch(/^(CORRUPT_ZSTD|TRUNCATED)$/);
    }
  });

  test('is truncated wherever it ends, except between two frames', async () => {
    const first = zstd('first '.repeat(20));
    const whole = Buffer.concat([first, NOTHING, rawFrame('x', 'yz'), zstd('last')]);
    const ends = [0, first.length, first.length + NOTHING.length, whole.length - zstd('last').length, whole.length];
    for (let end = 0; end <= whole.length; end++) {
      const outcome = await read([whole.subarray(0, end)]).catch((error: unknown) => error);
      if (ends.includes(end)) expect(outcome).toBeTypeOf('string');
      else expect(outcome).toMatchObject({ code: 'TRUNCATED', stage: 'read' });
    }
  });

  test('is corrupt where other bytes follow, a block has no type, or the size is not as stated', async () => {
    const good = zstd('good');
    expect(await failureOf(read([good, Buffer.from('junk')]))).toMatchObject({
      code: 'CORRUPT_ZSTD',
      byteOffset: good.length,
    });
    const reserved = rawFrame('abc');
    reserved[6] |= 6;
    expect(await failureOf(read([reserved]))).toMatchObject({ code: 'CORRUPT_ZSTD', byteOffset: 6 });
    const sized = Buffer.concat([Buffer.from('28b52ffd', 'hex'), Buffer.of(0x20, 9), rawFrame('abc').subarray(6)]);
    expect((await failureOf(read([sized]))).code).toBe('CORRUPT_ZSTD');
  });

  test('that is changed fails with a typed error, or gives a text', async () => {
    const whole = Buffer.concat([zstd('some text, some text'), zstd('and more')]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = Buffer.from(whole);
        changed[place] ^= change;
        const outcome = await read([changed]).catch((error: unknown) => error);
        expect(typeof outcome === 'string' || outcome instanceof SluiceError).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('is an input like gzip, also by its suffix', async () => {
    await writeFile(at('a.ndjson.zst'), Buffer.concat([zstd('{"id":"1"}\n'), zstd('{"id":"2"}\n')]));
    const { output, receipt } = await exported({ source: folder, format: 'ndjson' });
    expect(output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n');
    expect(receipt?.notes).toStrictEqual([]);
  });

  test('in gzip is refused with the command that unpacks one of them', async () => {
    await writeFile(at('a.gz'), gzipSync(zstd('{"id":"1"}\n')));
    const { error } = await exported({ source: at('a.gz') });
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
    expect(error?.message).toContain(
      `is Zstandard in gzip, not JSON in UTF-8: gunzip -c ${at('a.gz')} | sluice export -`,
    );
  });
});

test.skipIf(hasZstd())('where Node does not read Zstandard, the command that does is named', async () => {
  await writeFile(at('a.zst'), rawFrame('{"id":"1"}\n'));
  const { error } = await exported({ source: at('a.zst') });
  expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
  expect(error?.message).toContain(`Zstandard (.zst), which Node reads from 22.15 on, not JSON in UTF-8`);
  expect(error?.message).toContain(`: zstd -dc ${at('a.zst')} | sluice export -`);
});
