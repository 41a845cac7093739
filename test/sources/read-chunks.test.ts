/** The bytes of an input as chunks, decompressed; the input is always closed. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readChunks } from '../../src/sources/read-chunks.js';
import { type Behaviour, watched } from './fake-source.js';
import { failureOf } from './outcome.js';
import { onlyInput } from './read-all.js';

const { signal } = new AbortController();
const TEXT = 'some text, '.repeat(100_000);

async function opened(chunks: Iterable<Uint8Array>, behaviour?: Behaviour) {
  const seen = watched(chunks, behaviour);
  return { seen, chunks: readChunks(await onlyInput(seen.source), signal) };
}

test('every chunk has its own memory', async () => {
  const { chunks } = await opened([Buffer.from(TEXT)]);
  const kept: Buffer[] = [];
  for await (const chunk of chunks) kept.push(chunk);
  expect(kept.length).toBeGreaterThan(1);
  expect(Buffer.concat(kept).toString() === TEXT).toBe(true);
});

test('decompresses gzip', async () => {
  const { seen, chunks } = await opened([gzipSync(TEXT)]);
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  expect(text === TEXT).toBe(true);
  expect(seen.closed).toBe(1);
});

test('yields no chunk of an empty input', async () => {
  const { seen, chunks } = await opened([]);
  expect((await chunks.next()).done).toBe(true);
  expect(seen.closed).toBe(1);
});

test('leaving early closes the input', async () => {
  const { seen, chunks } = await opened([Buffer.from(TEXT), Buffer.from(TEXT)]);
  for await (const _chunk of chunks) break;
  expect(seen.closed).toBe(1);
});

test('a failure closes the input, even at the first byte', async () => {
  for (const failAfter of [0, 300_000]) {
    const { seen, chunks } = await opened([Buffer.from(TEXT)], { failAfter });
    const reading = (async () => {
      for await (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0);
    })();
    await expect(reading).rejects.toThrow('the line went dead');
    expect(seen.closed).toBe(1);
  }
  const { seen, chunks } = await opened([gzipSync(TEXT).subarray(0, 100)]);
  const reading = (async () => {
    for await (const chunk of chunks) expect(chunk.length).toBeGreaterThan(0);
  })();
  expect((await failureOf(reading)).code).toBe('TRUNCATED');
  expect(seen.closed).toBe(1);
});
