/** Bytes of streams and iterables. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/index.js';
import { bytes, type Chunk } from '../../src/sources/bytes.js';
import { SluiceError } from '../../src/terms/errors.js';
import { exported, failureOf, refusalOf } from './outcome.js';
import { onlyInput, readAll, textOf } from './read-all.js';

const TEXT = '{"id":"é😀"}\n{"id":"b"}\n';
const WHOLE = Buffer.from(TEXT);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-bytes-'));
  await writeFile(join(folder, 'file'), TEXT);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Chunks = AsyncIterable<Chunk> | Iterable<Chunk>;

async function* later(...chunks: readonly Chunk[]): AsyncGenerator<Chunk> {
  yield* chunks;
}

test.each<[string, () => Chunks]>([
  ['a buffer', () => [WHOLE]],
  ['buffers that split characters', () => [...WHOLE].map((byte) => Buffer.of(byte))],
  ['bytes that are not buffers', () => [new Uint8Array(WHOLE)]],
  ['a view of a larger buffer', () => [new Uint8Array(new Uint8Array([1, 2, ...WHOLE, 3]).buffer, 2, WHOLE.length)]],
  ['text', () => [TEXT]],
  ['text and bytes', () => [TEXT.slice(0, 5), Buffer.from(TEXT.slice(5))]],
  ['empty chunks among others', () => ['', Buffer.alloc(0), TEXT, '', Buffer.alloc(0)]],
  ['a set', () => new Set([TEXT])],
  [
    'a generator',
    function* () {
      yield TEXT;
    },
  ],
  ['an asynchronous generator', () => later(WHOLE.subarray(0, 9), WHOLE.subarray(9))],
  ['a Readable', () => Readable.from([WHOLE], { objectMode: false })],
  ['a Readable of objects that are bytes', () => Readable.from([WHOLE, new Uint8Array(0)])],
  ['a Readable that decodes', () => new PassThrough({ encoding: 'utf8' }).end(WHOLE)],
  ['a file stream', () => createReadStream(join(folder, 'file'), { highWaterMark: 3 })],
  ['a web stream', () => new Blob([WHOLE]).stream()],
  ['the body of a response', () => new Response(TEXT).body ?? []],
  ['a string, which is an iterable of its characters', () => TEXT],
])('%s', async (_kind, chunks) => {
  for (const size of [1, 5, 1000]) expect(await readAll(bytes(chunks()), size)).toStrictEqual([['the input', TEXT]]);
  expect((await exported({ source: bytes(chunks()), format: 'ndjson' })).output.toString()).toBe(TEXT);
});

test('uses a given name in errors', async () => {
  expect(await readAll(bytes([], 'the feed'))).toStrictEqual([['the feed', '']]);
});

test('joins a character that is split between two texts', async () => {
  const [high, low] = '😀';
  const pair = `${high}${low}`.split('');
  const { output, error } = await exported({
    source: bytes([`{"id":"${pair[0]}`, `${pair[1]}"}\n`]),
    format: 'ndjson',
  });
  if (error) expect(error.code).toBe('INVALID_UTF8');
  else expect(output.toString()).toBe('{"id":"😀"}\n');
  const lone = await exported({ source: bytes([`{"id":"${pair[0]}"}\n`]), format: 'ndjson' });
  expect(lone.error?.code).toBe('INVALID_UTF8');
});

describe('chunks of another kind are refused', () => {
  const kinds: readonly (readonly [string, unknown])[] = [
    ['numbers', 42],
    ['null', null],
    ['objects', { id: 'a' }],
    ['a list of bytes', [1, 2]],
    ['other arrays of numbers', new Float64Array(1)],
  ];
  test.each(kinds)('%s', async (_kind, chunk) => {
    // Plain JavaScript lets such values through.
    const chunks: Chunk[] = [TEXT];
    Reflect.set(chunks, 1, chunk);
    const { output, error } = await exported({ source: bytes(chunks, 'the feed'), format: 'ndjson' });
    expect(error).toMatchObject({ code: 'INVALID', stage: 'read', source: 'the feed' });
    expect(['', TEXT]).toContain(output.toString());
  });

  test('a Readable of objects', async () => {
    const { error } = await exported({ source: bytes(Readable.from([{ id: 'a' }])) });
    expect(error?.code).toBe('INVALID');
  });
});

describe('failures', () => {
  test('are reported with the name and their cause', async () => {
    const broken = new Error('no more');
    async function* failing() {
      yield TEXT;
      throw broken;
    }
    const error = await failureOf(readAll(bytes(failing(), 'the feed')));
    expect(error).toMatchObject({
      code: 'READ_FAILED',
      stage: 'read',
      message: 'the feed: no more',
      source: 'the feed',
    });
    expect(error.cause).toBe(broken);
  });

  test('of sluice pass unchanged', async () => {
    const typed = new SluiceError('PERMISSION_DENIED', 'read', 'not yours');
    async function* failing(): AsyncGenerator<Chunk> {
      yield* [];
      throw typed;
    }
    expect(await failureOf(readAll(bytes(failing())))).toBe(typed);
  });

  test('that are not errors are reported too', async () => {
    const chunks: Iterable<Chunk> = {
      [Symbol.iterator]: () => ({
        next() {
          throw 'just text';
        },
      }),
    };
    expect((await failureOf(readAll(bytes(chunks)))).message).toBe('the input: just text');
  });
});

describe('an early end', () => {
  /** An iterator that records its calls. */
  function noting(): { readonly chunks: AsyncIterable<Chunk>; readonly calls: string[] } {
    const calls: string[] = [];
    const chunks: AsyncIterable<Chunk> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          calls.push('next');
          return calls.length > 3 ? { value: undefined, done: true } : { value: TEXT, done: false };
        },
        async return() {
          calls.push('return');
          return { value: undefined, done: true };
        },
      }),
    };
    return { chunks, calls };
  }

  test('calls return() of the iterator once', async () => {
    const { chunks, calls } = noting();
    const input = await onlyInput(bytes(chunks));
    await input.read(Buffer.alloc(1000));
    await input.close();
    await input.close();
    expect(calls).toStrictEqual(['next', 'return']);
  });

  test('does not call return() of an iterator that has ended', async () => {
    const { chunks, calls } = noting();
    const input = await onlyInput(bytes(chunks));
    expect(await textOf(input)).toBe(TEXT.repeat(3));
    await input.close();
    expect(calls).toStrictEqual(['next', 'next', 'next', 'next']);
  });

  test('runs the finally block of a generator', async () => {
    let cleaned = false;
    function* generator() {
      try {
        for (;;) yield TEXT;
      } finally {
        cleaned = true;
      }
    }
    const { receipt } = await exported({ source: bytes(generator()), request: { maxRecords: 1 } });
    expect(receipt).toMatchObject({ written: 1, stoppedBy: 'limit' });
    expect(cleaned).toBe(true);
  });

  test('destroys a Readable and cancels a web stream', async () => {
    const readable = new Readable({
      read() {
        this.push(TEXT);
      },
    });
    await exported({ source: bytes(readable), request: { maxRecords: 1 } });
    expect(readable.destroyed).toBe(true);
    let cancelled = false;
    const web = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(WHOLE)),
      cancel() {
        cancelled = true;
      },
    });
    await exported({ source: bytes(web), request: { maxRecords: 1 } });
    expect(cancelled).toBe(true);
  });

  test('waits for the source no longer than the run lasts', async () => {
    const controller = new AbortController();
    const input = await onlyInput(bytes(new Readable({ read() {} })), controller.signal);
    const reading = failureOf(input.read(Buffer.alloc(10)));
    controller.abort();
    expect(await reading).toMatchObject({ code: 'ABORTED', stage: 'read' });
    await input.close();
  });

  test('a pending read settles when the input is closed', async () => {
    const input = await onlyInput(bytes(new Readable({ read() {} })));
    const reading = failureOf(input.read(Buffer.alloc(10)));
    await input.close();
    expect((await reading).code).toBe('ABORTED');
  });
});

test.each<[string, unknown, string]>([
  ['undefined', undefined, 'yields undefined'],
  ['null', null, 'yields null'],
  ['a number', 3, 'yields numbers'],
  ['an array buffer', new ArrayBuffer(1), 'yields objects'],
  ['arrays of wider numbers', new Uint16Array(1), 'yields objects'],
  ['transferred bytes', transferred(), 'transferred elsewhere'],
])('refuses %s among the chunks', async (_what, chunk, message) => {
  const chunks: (string | Uint8Array)[] = ['{"id":"a"}\n', '', '{"id":"b"}\n'];
  Reflect.set(chunks, 1, chunk);
  const { error } = await exported({ source: bytes(chunks, 'the feed') });
  expect(error).toMatchObject({ code: 'INVALID', source: 'the feed', message: expect.stringContaining(message) });
});

function transferred(): Uint8Array {
  const chunk = new Uint8Array(8);
  structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  return chunk;
}

test('a stream of another package, which is no instance of Readable, is a source', async () => {
  // As `readable-stream` makes them: the same members, another class.
  const another = <Stream extends object>(stream: Stream) => new Proxy(stream, { getPrototypeOf: () => null });
  const source = another(Readable.from([WHOLE], { objectMode: false }));
  expect(source instanceof Readable).toBe(false);
  expect((await exported({ source, format: 'ndjson' })).output.toString()).toBe(TEXT);
  const ofObjects = another(Readable.from([{ id: 1 }]));
  expect(await refusalOf(() => exportEntities({ source: ofObjects }))).toMatchObject({ code: 'INVALID' });
});
