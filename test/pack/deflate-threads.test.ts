/** Threads that deflate: the same bytes as here, failures as rejections, and no thread for small outputs. */
import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { BLOCK_BYTES, BlockDeflater } from '../../src/pack/deflate-blocks.js';
import { DeflateThreads } from '../../src/pack/deflate-threads.js';
import { deflateHere } from '../../src/pack/deflater-module.js';
import { failureOf } from '../sources/outcome.js';
import { someBytes } from './drive.js';

const SOME = someBytes(4 * BLOCK_BYTES);
const WINDOW = SOME.subarray(0, 32_768);

/** A block with memory of its own, which a thread takes. */
function block(index: number, length = BLOCK_BYTES): Buffer {
  const memory = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  memory.set(SOME.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES));
  return memory.subarray(0, length);
}

async function readyThreads(count: number): Promise<DeflateThreads> {
  const threads = new DeflateThreads(count);
  while (!threads.ready) await nextTurn();
  return threads;
}

test('write what is written here, and give the memory of the blocks back', async () => {
  const threads = await readyThreads(2);
  const tasks = [0, 1, 2, 3].map((index) => ({
    index,
    level: 1 + (index % 2),
    last: index === 3,
    length: 1e6 - index,
  }));
  const done = await Promise.all(
    tasks.map(({ index, level, last, length }) =>
      threads.deflate({ bytes: block(index, length), window: WINDOW, level, last }),
    ),
  );
  for (const [at, { output, memory }] of done.entries()) {
    const { index, level, last, length } = tasks[at];
    const bytes = block(index, length);
    expect(output.equals(deflateHere({ bytes, window: WINDOW, level, last }))).toBe(true);
    expect(memory.length).toBe(BLOCK_BYTES);
    expect(memory.subarray(0, length).equals(bytes)).toBe(true);
  }
  // The window is the caller's, and stays.
  expect(WINDOW.length).toBe(32_768);
  threads.release();
});

test('use the memory of windows again', async () => {
  const threads = await readyThreads(1);
  const before = process.memoryUsage().arrayBuffers;
  let highest = 0;
  for (let times = 0; times < 200; times++) {
    const bytes = Buffer.allocUnsafeSlow(64);
    await threads.deflate({ bytes, window: WINDOW, level: 1, last: true });
    highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
  }
  // The windows are 6.5 MB, and the thread has no reason to collect them.
  expect(highest).toBeLessThan(3e6);
  threads.release();
});

test('are ready while one has room: no thread gets a third block', async () => {
  const threads = await readyThreads(1);
  const taken: Promise<unknown>[] = [];
  while (threads.ready && taken.length < 100) {
    taken.push(threads.deflate({ bytes: block(0), window: WINDOW, level: 1, last: false }));
  }
  expect(taken.length).toBeGreaterThanOrEqual(2);
  expect(taken.length).toBeLessThan(100);
  await Promise.all(taken);
  expect(threads.ready).toBe(true);
  threads.release();
});

test('reject the blocks of a thread that fails, and start again for the next', async () => {
  const threads = await readyThreads(1);
  const bytes = Buffer.allocUnsafeSlow(3 * BLOCK_BYTES);
  await expect(threads.deflate({ bytes, window: WINDOW, level: 1, last: true })).rejects.toThrow('offset');
  threads.release();
  const others = await readyThreads(1);
  const { output } = await others.deflate({ bytes: block(0), window: WINDOW, level: 1, last: true });
  expect(inflateRawSync(output, { dictionary: WINDOW }).equals(block(0))).toBe(true);
  others.release();
});

/** Deflates the same text so many times. */
async function deflated(times: number, threads: number): Promise<Buffer> {
  const deflater = new BlockDeflater({ method: 'deflate', level: 1, deflater: 'sluice', threads });
  const blocks: Buffer[] = [];
  for (let time = 0; time < times; time++) {
    for (const { bytes } of await deflater.push(SOME)) blocks.push(bytes);
    await nextTurn();
  }
  for (const { bytes } of await deflater.flush()) blocks.push(bytes);
  await deflater.close();
  return Buffer.concat(blocks);
}

test('give the same bytes for any number, in outputs that begin without threads', async () => {
  const first = await deflated(12, 1);
  expect(inflateRawSync(first).equals(Buffer.concat(Array.from({ length: 12 }, () => SOME)))).toBe(true);
  for (const threads of [2, 3, 5]) expect((await deflated(12, threads)).equals(first), `${threads} threads`).toBe(true);
});

test('that an earlier output has left deflate the next one from its first block on', async () => {
  const threads = await readyThreads(1);
  const deflater = new BlockDeflater({ method: 'deflate', level: 1, deflater: 'sluice', threads: 3 });
  const inThreads = vi.spyOn(DeflateThreads.prototype, 'deflate');
  // Two blocks, of which the last is sent by the byte after it.
  const before = await deflater.push(Buffer.concat([block(0), block(1), Buffer.of(1)]));
  expect(inThreads).toHaveBeenCalledTimes(2);
  inThreads.mockRestore();
  const all = [...before, ...(await deflater.flush())].map(({ bytes }) => bytes);
  expect(inflateRawSync(Buffer.concat(all)).equals(Buffer.concat([block(0), block(1), Buffer.of(1)]))).toBe(true);
  await deflater.close();
  threads.release();
});

test('are waited for when the deflater is closed', async () => {
  const threads = await readyThreads(1);
  const deflater = new BlockDeflater({ method: 'deflate', level: 1, deflater: 'sluice', threads: 3 });
  for (let time = 0; time < 5; time++) await deflater.push(SOME);
  const waiting = failureOf(Promise.resolve(deflater.push(SOME)).then(() => deflater.flush()));
  await deflater.close();
  expect(await waiting).toMatchObject({ code: 'ABORTED' });
  threads.release();
});
