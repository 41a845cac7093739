/** Sources that can be read once, and sources that can be opened again. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJobs } from '../../src/jobs/open-jobs.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';
import { exported, failureOf, refusalOf } from './outcome.js';

const TEXT = '{"id":"a"}\n{"id":"b"}\n';
const ENTITIES = [{ id: 'a' }, { id: 'b' }];
const read = (source: Source) => exported({ source, format: 'ndjson' });

function* texts() {
  yield TEXT;
}
async function* laterTexts() {
  yield TEXT;
}

/** Makes the iterable; returns a function that makes sources over it. */
type Maker = () => () => Source;

const ONCE: readonly [string, Maker][] = [
  ['a generator of chunks', () => sourcesOf(texts(), bytes)],
  ['an asynchronous generator of chunks', () => sourcesOf(laterTexts(), bytes)],
  ['a Readable', () => sourcesOf(Readable.from([TEXT]), bytes)],
  ['a PassThrough', () => sourcesOf(new PassThrough().end(TEXT), bytes)],
  ['a web stream', () => sourcesOf(new Blob([TEXT]).stream(), bytes)],
  ['an iterator', () => sourcesOf([TEXT][Symbol.iterator](), bytes)],
  ['values of a map', () => sourcesOf(new Map([[1, TEXT]]).values(), bytes)],
  ['a generator of objects', () => sourcesOf(new Set(ENTITIES).values(), objects)],
  ['a Readable of objects', () => sourcesOf(Readable.from(ENTITIES), objects)],
  ['a web stream of objects', () => sourcesOf(ReadableStream.from(ENTITIES), objects)],
  ['lines', () => sourcesOf(createInterface({ input: Readable.from([`${JSON.stringify(ENTITIES)}\n`]) }), bytes)],
];

function sourcesOf<T>(items: T, make: (items: T, name?: string) => Source): () => Source {
  return () => make(items, 'the feed');
}

describe.each(ONCE)('%s', (_what, make) => {
  test('is read once, by one source or by several', async () => {
    const again = { code: 'ALREADY_USED', source: 'the feed', message: expect.stringContaining('the feed') };
    const source = make()();
    expect((await read(source)).receipt).toMatchObject({ written: 2 });
    expect((await read(source)).error).toMatchObject(again);
    const sources = make();
    expect((await read(sources())).receipt).toMatchObject({ written: 2 });
    expect((await read(sources())).error).toMatchObject(again);
  });

  test('is read by one of two at the same time', async () => {
    const sources = make();
    const [first, second] = await Promise.all([read(sources()), read(sources())]);
    expect(first.receipt).toMatchObject({ written: 2 });
    expect(second.error).toMatchObject({ code: 'ALREADY_USED' });
  });

  test('is marked before it is opened', () => {
    expect(make()().reopenable).toBe(false);
  });
});

const AGAIN: readonly [string, Source][] = [
  ['a text', bytes(TEXT)],
  ['a buffer', bytes(Buffer.from(TEXT))],
  ['an array of chunks', bytes([TEXT])],
  ['an array of objects', objects(ENTITIES)],
  ['a set', objects(new Set(ENTITIES))],
  ['an iterable with new iterators', bytes({ [Symbol.iterator]: texts })],
  ['an asynchronous iterable with new iterators', bytes({ [Symbol.asyncIterator]: laterTexts })],
];

test.each(AGAIN)('%s is read any number of times', async (_what, source) => {
  expect(source.reopenable).toBe(true);
  for (let turn = 0; turn < 3; turn++) expect((await read(source)).receipt).toMatchObject({ read: 2, written: 2 });
  const [one, other] = await Promise.all([read(source), read(source)]);
  expect([one.receipt?.written, other.receipt?.written]).toStrictEqual([2, 2]);
});

test('detects an iterable that returns the same iterator again', async () => {
  const iterator = texts();
  const source = bytes({ [Symbol.iterator]: () => iterator });
  expect((await read(source)).receipt).toMatchObject({ written: 2 });
  expect((await read(source)).error).toMatchObject({ code: 'ALREADY_USED' });
});

describe('a stream', () => {
  const ended = async (stream: Readable) => {
    await once(stream.resume(), 'end');
    return stream;
  };
  const failed = async (stream: Readable) => {
    stream.destroy(new Error('the line went dead'));
    await once(stream, 'error');
    return stream;
  };

  test.each<[string, () => Promise<Parameters<typeof bytes>[0]>, string]>([
    ['was read to its end', () => ended(Readable.from([TEXT])), 'ALREADY_USED'],
    ['was destroyed', async () => Readable.from([TEXT]).destroy(), 'ALREADY_USED'],
    ['has failed', () => failed(Readable.from([TEXT])), 'READ_FAILED'],
    ['is being read elsewhere', async () => Readable.from([TEXT, TEXT, TEXT]).on('data', () => {}), 'ALREADY_USED'],
    [
      'is locked',
      async () => {
        const stream = new Blob([TEXT]).stream();
        stream.getReader();
        return stream;
      },
      'ALREADY_USED',
    ],
    [
      'was cancelled',
      async () => {
        const stream = new Blob([TEXT]).stream();
        await stream.cancel();
        return stream;
      },
      'ALREADY_USED',
    ],
    [
      'is a web stream that was read to its end',
      async () => {
        const stream = new Blob([TEXT]).stream();
        for await (const _ of stream);
        return stream;
      },
      'ALREADY_USED',
    ],
    [
      'is a web stream that has failed',
      async () => new ReadableStream({ start: (controller) => controller.error(new Error('the line went dead')) }),
      'READ_FAILED',
    ],
  ])('that %s is refused, not empty', async (_how, make, code) => {
    const stream = await make();
    if (stream instanceof Readable && stream.readableFlowing && !stream.readableEnded) await once(stream, 'data');
    expect((await read(bytes(stream, 'the feed'))).error).toMatchObject({ code, source: 'the feed' });
  });

  test('without content is an empty input', async () => {
    for (const stream of [Readable.from([]), new PassThrough().end(), new Blob([]).stream()]) {
      expect((await read(bytes(stream))).receipt).toMatchObject({ read: 0 });
    }
    const closed = new ReadableStream({ start: (controller) => controller.close() });
    expect((await read(bytes(closed))).receipt).toMatchObject({ read: 0 });
  });

  test('that was read in part and released is read on', async () => {
    const stream = Readable.from(['a heading\n', TEXT]);
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      expect(chunk).toBe('a heading\n');
      break;
    }
    expect((await read(bytes(stream))).receipt).toMatchObject({ written: 2 });
  });

  test.each([
    ['of Node', () => new Readable({ objectMode: true, read() {} })],
    ['of the web', () => new ReadableStream({ cancel: () => void cancelled++ })],
  ])('that never responds is released at an abort: %s', async (_kind, make) => {
    for (const source of [bytes, objects]) {
      const stream = make();
      const before = cancelled;
      const abort = new AbortController();
      const reading = exported({ source: source(stream), signal: abort.signal });
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      abort.abort();
      expect((await reading).error).toMatchObject({ code: 'ABORTED' });
      expect(stream instanceof Readable ? stream.destroyed : cancelled > before).toBe(true);
    }
  });
  let cancelled = 0;
});

describe('jobs', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-once-'));
    await writeFile(join(folder, 'catalog'), TEXT);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(ONCE)('are not opened over %s', async (_what, make) => {
    const opening = openJobs({ dataDir: join(folder, 'never'), source: make()() });
    expect(await failureOf(opening)).toMatchObject({ code: 'INVALID', path: 'source' });
  });

  test('over a function that returns a used source fail, instead of having no records', async () => {
    const used = texts();
    const jobs = await openJobs({ dataDir: join(folder, 'data'), source: () => bytes(used) });
    const acme = jobs.forTenant('acme');
    const states: unknown[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const { job } = await acme.submit({ request: {} });
      const { state, error } = await acme.waitFor(job.id, { timeoutMs: 60_000 });
      states.push([state, error?.code]);
    }
    await jobs.close();
    expect(states).toStrictEqual([
      ['completed', undefined],
      ['failed', 'ALREADY_USED'],
    ]);
  });
});

test('refuse a value that is not a source at once', async () => {
  const nothing: unknown[] = [undefined, null, 3, {}, new Date()];
  for (const items of nothing) {
    for (const make of [bytes, objects]) {
      expect(await refusalOf(() => Reflect.apply(make, undefined, [items]))).toMatchObject({ code: 'INVALID' });
    }
  }
});
