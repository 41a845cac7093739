/** Pipes: every byte in order whatever the sizes of writes and reads; slow feeds are read as they come. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFifo } from '../../src/sources/fifo-input.js';
import type { ByteInput } from '../../src/sources/source.js';
import { execFileSync } from '../run-sync.js';
import { runs } from '../runs.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-pipe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
function newFifo(): string {
  const path = join(folder, `fifo${count++}`);
  execFileSync('mkfifo', [path]);
  return path;
}

/** Reads to the end, with the sizes in turn. */
async function* readAll(input: ByteInput, sizes: readonly number[]): AsyncGenerator<Buffer, void> {
  for (let turn = 0; ; turn++) {
    const into = Buffer.alloc(sizes[turn % sizes.length]);
    const length = await input.read(into);
    if (length === 0) return;
    yield into.subarray(0, length);
  }
}

test('every byte arrives once and in order', async () => {
  const writes = fc.array(fc.record({ size: fc.integer({ min: 1, max: 400_000 }), waits: fc.boolean() }), {
    maxLength: 12,
  });
  const reads = fc.array(
    fc.integer({ min: 1, max: 3_000_000 }).map((size) => Math.max(size, 1000)),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(writes, reads, fc.boolean(), async (parts, sizes, slow) => {
      const path = newFifo();
      const input = await openFifo(path, new AbortController().signal);
      const out = createWriteStream(path);
      const all = Buffer.concat(parts.map(({ size }, index) => Buffer.alloc(size, `${index}.${size},`)));
      const writing = (async () => {
        let at = 0;
        for (const { size, waits } of parts) {
          out.write(all.subarray(at, at + size));
          at += size;
          if (waits) await new Promise(setImmediate);
        }
        out.end();
      })();
      const read = async function* () {
        for await (const chunk of readAll(input, sizes)) {
          yield chunk;
          if (slow) await new Promise(setImmediate);
        }
      };
      const found = await buffer(read());
      await writing;
      await input.close();
      expect(found.equals(all)).toBe(true);
    }),
    runs(30),
  );
});

test('what has come is read, although more may follow', async () => {
  const path = newFifo();
  const input = await openFifo(path, new AbortController().signal);
  const out = createWriteStream(path);
  for (const line of ['{"id":"a"}\n', '{"id":"b"}\n']) {
    out.write(line);
    const into = Buffer.alloc(1_000_000);
    expect(into.toString('utf8', 0, await input.read(into))).toBe(line);
  }
  out.end();
  expect(await input.read(Buffer.alloc(10))).toBe(0);
  expect(await input.read(Buffer.alloc(10))).toBe(0);
  await input.close();
});

test('an abort ends the wait for a writer, or for its next bytes', async () => {
  const abort = new AbortController();
  const input = await openFifo(newFifo(), abort.signal);
  const reading = input.read(Buffer.alloc(10));
  abort.abort();
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  await input.close();
});

test('closing tells the writer', async () => {
  const path = newFifo();
  const input = await openFifo(path, new AbortController().signal);
  const out = createWriteStream(path);
  const failed = new Promise((resolve) => out.once('error', resolve));
  out.write(Buffer.alloc(2_000_000));
  const into = Buffer.alloc(1000);
  expect(await input.read(into)).toBe(1000);
  await input.close();
  expect(await failed).toMatchObject({ code: 'EPIPE' });
});
