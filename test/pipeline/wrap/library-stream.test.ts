/** A library's streams behind the contract of a stage: every failure rejects, none is uncaught. */
import { Buffer } from 'node:buffer';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { createGzip, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LibraryStream } from '../../../src/pipeline/wrap/library-stream.js';

/** Large enough that it is handed on at once. */
const CHUNK = Buffer.alloc(64 * 1024, 'abc');

/** Writes until something is refused or the end comes; answers the refusal. */
async function failureOf(stream: LibraryStream, writes: number): Promise<unknown> {
  try {
    for (let turn = 0; turn < writes; turn++) await stream.write(CHUNK);
    await stream.end();
  } catch (error) {
    return error;
  }
  throw new Error('nothing failed');
}

test('what is written comes out, in order and once', async () => {
  const gzip = createGzip();
  const stream = new LibraryStream(gzip, gzip);
  const out: Buffer[] = [];
  for (let turn = 0; turn < 1000; turn++) out.push(...(await stream.write(Buffer.from(`${turn},`))));
  out.push(...(await stream.end()));
  const expected = Array.from({ length: 1000 }, (_, turn) => `${turn},`).join('');
  expect(gunzipSync(Buffer.concat(out)).toString()).toBe(expected);
});

test('input and output may be two streams', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  input.on('data', (chunk) => output.write(chunk));
  input.on('end', () => output.end(Buffer.from('!')));
  const stream = new LibraryStream(input, output);
  const out = [...(await stream.write(CHUNK)), ...(await stream.end())];
  expect(Buffer.concat(out).toString()).toBe(`${CHUNK.toString()}!`);
});

describe('a failure rejects', () => {
  const broken = new Error('broken');

  test.each([
    ['at once, when a chunk is taken', () => new Transform({ transform: (_chunk, _encoding, done) => done(broken) })],
    [
      'later, when a chunk is taken',
      () => new Transform({ transform: (_chunk, _encoding, done) => setImmediate(done, broken) }),
    ],
    [
      'by a throw',
      () =>
        new Transform({
          transform: () => {
            throw broken;
          },
        }),
    ],
    ['at the end', () => new Transform({ transform: (_c, _e, done) => done(), flush: (done) => done(broken) })],
  ])('%s', async (_case, make) => {
    const stream = make();
    const failure = await failureOf(new LibraryStream(stream, stream), 3).catch((error: unknown) => error);
    expect(failure).toBe(broken);
  });

  test('of the output while the input would go on', async () => {
    const input = new Writable({ write: (_chunk, _encoding, done) => done() });
    const output = new Readable({ read() {} });
    const stream = new LibraryStream(input, output);
    await stream.write(CHUNK);
    output.destroy(broken);
    expect(await failureOf(stream, 3)).toBe(broken);
  });

  test('of the input while the output waits for its end', async () => {
    const input = new Writable({ final: (done) => done(broken) });
    const stream = new LibraryStream(input, new Readable({ read() {} }));
    expect(await failureOf(stream, 0)).toBe(broken);
  });

  test('that the library tells beside its streams', async () => {
    const input = new PassThrough();
    const stream = new LibraryStream(input, new PassThrough());
    stream.fail(broken);
    await expect(stream.write(CHUNK)).rejects.toBe(broken);
    await expect(stream.end()).rejects.toBe(broken);
  });

  test('the first one stays, whatever comes after it', async () => {
    const input = new PassThrough();
    const stream = new LibraryStream(input, input);
    stream.fail(broken);
    stream.fail(new Error('second'));
    await expect(stream.write(CHUNK)).rejects.toBe(broken);
  });

  test('while a write is on its way that never comes back', async () => {
    const input = new Writable({ write() {} });
    const output = new Readable({ read() {} });
    const stream = new LibraryStream(input, output);
    const writing = stream.write(CHUNK);
    output.destroy(broken);
    await expect(writing).rejects.toBe(broken);
  });
});

test('a failure that nobody waits for is not uncaught', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  new LibraryStream(input, output);
  input.destroy(new Error('unheard'));
  output.destroy(new Error('unheard'));
  await new Promise(setImmediate);
});

test('output that ends before its time rejects instead of passing for whole', async () => {
  const input = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = new Readable({ read() {} });
  const stream = new LibraryStream(input, output);
  await stream.write(CHUNK);
  output.destroy();
  await expect(stream.end()).rejects.toThrow();
});

test('after it was destroyed nothing hangs', async () => {
  const gzip = createGzip();
  const stream = new LibraryStream(gzip, gzip);
  stream.destroy();
  await Promise.allSettled([stream.write(CHUNK), stream.end()]);
});
