/** Deflating in blocks: round trips, continuing from a state, blocks in flight, leaving early and failures. */
import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import {
  BLOCK_BYTES,
  BlockDeflater,
  type DeflatedBlock,
  type DeflateOptions,
  type DeflateState,
} from '../../src/pack/deflate-blocks.js';
import { runs } from '../runs.js';
import { watchedCatalog } from '../sources/fake-source.js';
import { failureOf } from '../sources/outcome.js';
import { chunksOf, someBytes } from './drive.js';

/** Node's pool as these tests control it: the running blocks, and whether finished ones may resolve. */
const pool = vi.hoisted(() => ({
  running: 0,
  most: 0,
  calls: 0,
  /** The call that fails, counted from 1. */
  failing: 0,
  held: false,
  done: [] as (() => void)[],
}));

vi.mock('node:zlib', async (original) => {
  const zlib = await original<typeof import('node:zlib')>();
  const deflateRaw: (...args: Parameters<typeof zlib.deflateRaw>) => void = (bytes, options, callback) => {
    const failure = ++pool.calls === pool.failing ? new Error('out of memory') : null;
    zlib.deflateRaw(bytes, options as Parameters<typeof zlib.deflateRaw>[1], (error, result) => {
      const tell = () => {
        pool.running--;
        callback?.(failure ?? error, result);
      };
      if (pool.held) pool.done.push(tell);
      else tell();
    });
    pool.most = Math.max(pool.most, ++pool.running);
  };
  return { ...zlib, deflateRaw };
});

beforeEach(() => Object.assign(pool, { running: 0, most: 0, calls: 0, failing: 0, held: false, done: [] }));

/** Resolves finished blocks, the newest first, until the work has settled. */
async function releaseUntil(work: Promise<unknown>): Promise<void> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  work.then(settle, settle);
  while (!settled) {
    pool.done.pop()?.();
    await nextTurn();
  }
}

const SOME = someBytes(3 * BLOCK_BYTES + 1000);
const PLAIN: DeflateOptions = { method: 'deflate', level: 1, threads: 2 };

/** Deflates bytes in these chunks. */
async function blocksOf(
  bytes: Uint8Array,
  options: Partial<DeflateOptions> = {},
  sizes: number | readonly number[] = BLOCK_BYTES,
): Promise<readonly DeflatedBlock[]> {
  const deflater = new BlockDeflater({ ...PLAIN, ...options });
  const blocks: DeflatedBlock[] = [];
  for (const chunk of chunksOf(bytes, sizes)) {
    blocks.push(...(await deflater.push(chunk)));
    // The caller may reuse the memory of the chunk.
    chunk.fill(0);
  }
  blocks.push(...(await deflater.flush()));
  await deflater.close();
  return blocks;
}

const joined = (blocks: readonly DeflatedBlock[]) => Buffer.concat(blocks.map(({ bytes }) => bytes));

describe('a round trip', () => {
  /** Lengths around the ends of blocks, and chunks from tiny ones to several blocks. */
  const input = fc.record({
    length: fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer({ max: 500_000 })))
      .map(([blocks, more]) => Math.max(0, Math.min(blocks * BLOCK_BYTES + more, SOME.length))),
    sizes: fc.array(
      fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: BLOCK_BYTES - 1, max: 3 * BLOCK_BYTES })),
      { minLength: 1, maxLength: 5 },
    ),
    threads: fc.integer({ min: 1, max: 4 }),
  });

  test('restores the input, with the same bytes for any chunks and threads', async () => {
    await fc.assert(
      fc.asyncProperty(input, async ({ length, sizes, threads }) => {
        const bytes = SOME.subarray(0, length);
        const blocks = await blocksOf(bytes, { threads }, sizes);
        const packed = joined(blocks);
        expect(inflateRawSync(packed).equals(bytes)).toBe(true);
        expect(blocks.at(-1)?.state).toMatchObject({
          uncompressed: length,
          compressed: packed.length,
          crc32: crc32(bytes),
        });
        expect(packed.equals(joined(await blocksOf(bytes, { threads: 1 }, BLOCK_BYTES)))).toBe(true);
      }),
      runs(15),
    );
  });

  test.each([0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES, 3 * BLOCK_BYTES + 1])(
    '%d bytes, at every number of threads and level',
    async (length) => {
      const bytes = SOME.subarray(0, length);
      for (const level of [0, 1, 6, 9]) {
        const first = joined(await blocksOf(bytes, { level, threads: 1 }));
        expect(inflateRawSync(first).equals(bytes), `level ${level}`).toBe(true);
        // No more threads work than there are blocks.
        for (const threads of [2, 3, 4].slice(0, Math.max(1, Math.ceil(length / BLOCK_BYTES) - 1))) {
          expect(joined(await blocksOf(bytes, { level, threads }, 700_001)).equals(first), `${threads}`).toBe(true);
        }
      }
    },
  );

  test('leaves stored bytes unchanged', async () => {
    const blocks = await blocksOf(SOME, { method: 'store' }, [1_500_000, 7, 600_000]);
    expect(joined(blocks).equals(SOME)).toBe(true);
    expect(blocks.at(-1)?.state).toMatchObject({
      uncompressed: SOME.length,
      compressed: SOME.length,
      crc32: crc32(SOME),
    });
  });

  test('does not hold the memory of a block for a few stored bytes', async () => {
    const [{ bytes }] = await blocksOf(Buffer.from('few'), { method: 'store' });
    expect(bytes.toString()).toBe('few');
    expect(bytes.buffer.byteLength).toBeLessThan(BLOCK_BYTES);
  });

  test('takes one trip to the pool per block, even for incompressible ones', async () => {
    const noise = Buffer.alloc(2 * BLOCK_BYTES);
    for (let at = 0, state = 1n; at < noise.length; at += 8) {
      state = (state * 6_364_136_223_846_793_005n + 1n) & 0xffff_ffff_ffff_ffffn;
      noise.writeBigUInt64LE(state ^ (state >> 29n), at);
    }
    for (const level of [0, 1, 6]) {
      const packed = joined(await blocksOf(noise, { level }));
      expect(packed.length).toBeLessThan(noise.length * (1 + 1 / 64));
      expect(inflateRawSync(packed).equals(noise)).toBe(true);
    }
  });

  test('lets a block refer to the previous one', async () => {
    // Noise that repeats after 20,000 bytes compresses only with the previous window.
    const noise = someBytes(SOME.length).subarray(0, 20_000);
    const start = BLOCK_BYTES - noise.length;
    const bytes = Buffer.concat([SOME.subarray(0, start), noise, noise]);
    const last = (await blocksOf(bytes)).at(-1);
    expect(last?.bytes.length).toBeLessThan(1000);
  });
});

describe('continuing after a block', () => {
  test.each<[string, Partial<DeflateOptions>, number]>([
    ['level 1', { level: 1 }, SOME.length],
    ['level 6', { level: 6 }, SOME.length],
    ['level 0', { level: 0 }, SOME.length],
    ['stored', { method: 'store' }, SOME.length],
    ['only the end left', { level: 1 }, 2 * BLOCK_BYTES],
  ])('gives exactly the rest: %s', async (_case, options, length) => {
    const bytes = SOME.subarray(0, length);
    const blocks = await blocksOf(bytes, options);
    const whole = joined(blocks);
    const totals = blocks.at(-1)?.state;
    const states = blocks.slice(0, -1).map(({ state }) => state);
    expect(states.map(({ uncompressed }) => uncompressed)).toStrictEqual(
      Array.from({ length: Math.floor(length / BLOCK_BYTES) }, (_, index) => (index + 1) * BLOCK_BYTES),
    );
    for (const [index, from] of states.entries()) {
      const rest = await blocksOf(bytes.subarray(from.uncompressed), { ...options, from, threads: index + 1 }, 300_001);
      expect(joined(rest).equals(whole.subarray(from.compressed)), `from ${from.uncompressed}`).toBe(true);
      expect(rest.at(-1)?.state).toStrictEqual(totals);
    }
  });

  test('keeps a state unchanged afterwards', async () => {
    const [first, second] = (await blocksOf(SOME)).map(({ state }) => state);
    expect(first.window.equals(SOME.subarray(BLOCK_BYTES - 32_768, BLOCK_BYTES))).toBe(true);
    expect(second.window.equals(SOME.subarray(2 * BLOCK_BYTES - 32_768, 2 * BLOCK_BYTES))).toBe(true);
    expect([first.crc32, second.crc32]).toStrictEqual([
      crc32(SOME.subarray(0, BLOCK_BYTES)),
      crc32(SOME.subarray(0, 2 * BLOCK_BYTES)),
    ]);
  });

  test('is refused after the last block, inside a block, and without its window', async () => {
    const blocks = await blocksOf(SOME);
    const [{ state }] = blocks;
    const refused: readonly DeflateState[] = [
      ...blocks.slice(-1).map((block) => block.state),
      { ...state, uncompressed: state.uncompressed - 1 },
      { ...state, window: state.window.subarray(1) },
    ];
    for (const from of refused) {
      expect(() => new BlockDeflater({ ...PLAIN, from })).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
    const [{ state: behindWhole }] = (await blocksOf(SOME.subarray(0, BLOCK_BYTES))).slice(-1);
    expect(() => new BlockDeflater({ ...PLAIN, from: behindWhole })).toThrow('complete block');
  });
});

describe('the number of blocks in flight', () => {
  test.each([1, 2, 3, 4])('is never more than %d, and they return in order', async (threads) => {
    pool.held = true;
    const bytes = Buffer.concat([SOME, SOME]);
    const deflater = new BlockDeflater({ ...PLAIN, threads });
    const pushed = Promise.resolve(deflater.push(bytes));
    expect(pool.running).toBe(threads);
    await releaseUntil(pushed);
    const flushed = deflater.flush();
    await releaseUntil(flushed);
    expect(pool.most).toBe(threads);
    expect(inflateRawSync(joined([...(await pushed), ...(await flushed)])).equals(bytes)).toBe(true);
  });

  test('lets a caller wait only while all blocks are in flight', async () => {
    pool.held = true;
    const deflater = new BlockDeflater(PLAIN);
    const block = SOME.subarray(0, BLOCK_BYTES);
    for (const chunk of [block, block, block.subarray(1)]) expect(deflater.push(chunk)).toStrictEqual([]);
    const waiting = deflater.push(block.subarray(0, 1));
    expect(waiting).toBeInstanceOf(Promise);
    expect(pool.running).toBe(2);
    await releaseUntil(Promise.resolve(waiting));
    await releaseUntil(deflater.close());
  });

  test('falls as soon as a block is ready, which is returned', async () => {
    const deflater = new BlockDeflater(PLAIN);
    expect(deflater.push(SOME.subarray(0, BLOCK_BYTES))).toStrictEqual([]);
    while (pool.running > 0) await nextTurn();
    await nextTurn();
    const answer = deflater.push(Buffer.of(1));
    expect(answer).toHaveLength(1);
    await deflater.close();
  });
});

describe('leaving early', () => {
  test('rejects waiting calls, once the pool is done', async () => {
    pool.held = true;
    const deflater = new BlockDeflater(PLAIN);
    const pushed = failureOf(Promise.resolve(deflater.push(SOME)));
    const closed = deflater.close();
    await releaseUntil(closed);
    expect(pool.running).toBe(0);
    expect(await pushed).toMatchObject({ code: 'ABORTED', stage: 'wrap' });
    expect(pool.calls).toBe(2);
    expect(await failureOf(deflater.flush())).toMatchObject({ code: 'ABORTED' });
    expect(() => deflater.push(SOME)).toThrow(expect.objectContaining({ code: 'ABORTED' }));
  });

  test('rejects a waiting flush', async () => {
    pool.held = true;
    const deflater = new BlockDeflater(PLAIN);
    deflater.push(SOME.subarray(0, BLOCK_BYTES + 1));
    const flushed = failureOf(deflater.flush());
    await releaseUntil(deflater.close());
    expect(await flushed).toMatchObject({ code: 'ABORTED' });
  });

  test('before the first byte, and twice, is harmless', async () => {
    const deflater = new BlockDeflater(PLAIN);
    await deflater.close();
    await deflater.close();
  });

  test.each(['zip', 'gzip', 'envelope'] as const)('a complete export leaves nothing on the pool: %s', async (pack) => {
    const seen = watchedCatalog({ bytes: 8 * BLOCK_BYTES });
    const abort = new AbortController();
    const stream = exportEntities({ source: seen.source, pack, level: 6, threads: 3, signal: abort.signal });
    stream.on('error', () => {});
    stream.resume();
    while (pool.running === 0) await nextTurn();
    abort.abort();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect([seen.closed, pool.running]).toStrictEqual([1, 0]);
  });

  test.each(['zip', 'gzip', 'envelope'] as const)('its consumer leaves nothing on the pool: %s', async (pack) => {
    const seen = watchedCatalog({ bytes: 8 * BLOCK_BYTES });
    const stream = exportEntities({ source: seen.source, pack, level: 6, threads: 3 });
    stream.resume();
    while (pool.running === 0) await nextTurn();
    stream.destroy();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect([seen.closed, pool.running]).toStrictEqual([1, 0]);
  });
});

describe('a failure of zlib', () => {
  test.each([1, 2, 3, 4])('in call %d is reported with its cause, and again by later calls', async (call) => {
    pool.failing = call;
    const deflater = new BlockDeflater(PLAIN);
    const work = async () => {
      await deflater.push(SOME);
      await deflater.flush();
    };
    const failure = await failureOf(work());
    expect(failure).toMatchObject({ code: 'INTERNAL', stage: 'wrap', message: 'out of memory' });
    expect(failure).toMatchObject({ cause: expect.objectContaining({ message: 'out of memory' }) });
    expect(await failureOf(deflater.flush())).toBe(failure);
    await deflater.close();
    expect(pool.running).toBe(0);
  });

  test('that it throws synchronously is reported in the same way', async () => {
    const failure = await failureOf(new BlockDeflater({ ...PLAIN, level: 99 }).flush());
    expect(failure).toMatchObject({ code: 'INTERNAL', stage: 'wrap' });
  });

  test('fails the export', async () => {
    pool.failing = 2;
    const stream = exportEntities({ source: watchedCatalog({ bytes: 4 * BLOCK_BYTES }).source, pack: 'zip', level: 6 });
    stream.on('error', () => {});
    stream.resume();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'INTERNAL', stage: 'wrap' });
  });
});
