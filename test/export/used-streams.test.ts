/** Streams have their content once: a second use is refused, and existing files stay untouched. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../src/destinations/destination.js';
import { writable } from '../../src/destinations/writable.js';
import { type ExportStream, exportEntities } from '../../src/export/run-export.js';
import { encodeJson, readEntities } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { type UnwrappedEnvelope, unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { failureOf } from '../sources/outcome.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-used-'));
});
afterEach(async () => {
  await Promise.allSettled(deliveries.splice(0));
  await rm(folder, { recursive: true, force: true });
});

/** What a test does not wait for. */
const deliveries: Promise<unknown>[] = [];

const at = (name: string) => join(folder, name);
const LINES = '{"id":"a","type":"t"}\n'.repeat(100);
const ENVELOPE = buffer(exportEntities({ source: bytes(LINES), pack: 'envelope', level: 0 }));

type Once = ExportStream | UnwrappedEnvelope;

const MAKERS: readonly [string, () => Promise<Once>][] = [
  ['an export', async () => exportEntities({ source: bytes(LINES), format: 'ndjson' })],
  ['an unwrapped envelope', async () => unwrapEnvelope(bytes([await ENVELOPE]))],
];

const USES: readonly [string, (stream: Once) => Promise<unknown>][] = [
  ['was delivered to a file', (stream) => stream.toFile(at('first'))],
  ['was delivered to a stream', (stream) => stream.to(writable(new PassThrough().resume()))],
  ['was read to its end', (stream) => buffer(stream)],
  ['was read by a pipeline', (stream) => pipeline(stream, new PassThrough().resume())],
  [
    'has yielded a chunk',
    (stream) =>
      new Promise((resolve) => {
        stream.once('data', () => resolve(stream.pause()));
      }),
  ],
  [
    'has yielded a chunk to an iterator that left it open',
    async (stream) => {
      for await (const _ of stream.iterator({ destroyOnReturn: false })) break;
    },
  ],
  ['is piped elsewhere', async (stream) => stream.pipe(new PassThrough())],
  ['is flowing', async (stream) => stream.resume()],
  ['has a listener of readable', async (stream) => stream.on('readable', () => {})],
  ['is being delivered', async (stream) => void deliveries.push(stream.toFile(at('first')).catch(() => {}))],
];

describe.each(MAKERS)('%s', (_what, make) => {
  test.each(USES)('that %s is not delivered: no file is created or touched', async (_use, use) => {
    const stream = await make();
    await use(stream);
    await writeFile(at('kept'), 'as it was');
    for (const delivering of [
      stream.toFile(at('kept'), { overwrite: true }),
      stream.toFile(at('second')),
      stream.to(writable(new PassThrough().resume())),
    ]) {
      expect(await failureOf(delivering)).toMatchObject({ code: 'ALREADY_USED' });
    }
    expect(await readFile(at('kept'), 'utf8')).toBe('as it was');
    expect((await readdir(folder)).filter((name) => name === 'second')).toStrictEqual([]);
    stream.destroy();
  });

  test('is delivered the first time although a second time is refused', async () => {
    const stream = await make();
    const first = stream.toFile(at('first'));
    expect(await failureOf(stream.toFile(at('second')))).toMatchObject({ code: 'ALREADY_USED' });
    await first;
    expect((await readFile(at('first'))).equals(await buffer(await make()))).toBe(true);
  });

  test.each<[string, (stream: Readable) => Promise<unknown>]>([
    ['iterated over', (stream) => buffer(stream)],
    ['mapped', (stream) => stream.toArray()],
    ['piped', async (stream) => stream.pipe(new PassThrough())],
    ['listened to', async (stream) => stream.on('data', () => {})],
  ])('that was or is being delivered cannot be %s', async (_how, read) => {
    const stream = await make();
    const delivering = stream.toFile(at('first'));
    expect(await failureOf(read(stream))).toMatchObject({ code: 'ALREADY_USED' });
    await delivering;
    expect(await failureOf(read(stream))).toMatchObject({ code: 'ALREADY_USED' });
    expect((await readFile(at('first'))).equals(await buffer(await make()))).toBe(true);
  });

  test('that was destroyed unread reports its end, and opens nothing', async () => {
    const stream = await make();
    stream.destroy();
    expect(await failureOf(stream.toFile(at('first')))).toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

test('a stream of entities is read once', async () => {
  const entities = readEntities(bytes(LINES));
  await pipeline(entities, encodeJson(), new PassThrough().resume());
  expect(await failureOf(entities.toArray())).toMatchObject({ code: 'ALREADY_USED' });
});

test('a stream that was read in part and left open can be read further', async () => {
  const stream = exportEntities({ source: bytes(LINES), format: 'ndjson' });
  const chunks: Buffer[] = [];
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    chunks.push(Buffer.from(chunk));
    break;
  }
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  expect(Buffer.concat(chunks).toString()).toBe(LINES);
});

test('an output stream that has ended refuses a second result', async () => {
  const output = new PassThrough().resume();
  await exportEntities({ source: bytes(LINES) }).to(writable(output));
  const again = exportEntities({ source: bytes(LINES) }).to(writable(output, 'the response'));
  expect(await failureOf(again)).toMatchObject({ code: 'ALREADY_USED', path: 'the response' });
});

test('commits nothing that has not arrived completely', async () => {
  const seen: string[] = [];
  const lossy = (lost: number): Destination => ({
    name: 'the shelf',
    async open() {
      let arrived = 0;
      const writable = new Writable({
        write(chunk: Buffer, _encoding, done) {
          arrived += chunk.length;
          done();
        },
      });
      return {
        writable,
        bytes: () => arrived - lost,
        commit: async () => void seen.push('commit'),
        discard: async () => void seen.push('discard'),
      };
    },
  });
  await exportEntities({ source: bytes(LINES) }).to(lossy(0));
  const failure = await failureOf(exportEntities({ source: bytes(LINES) }).to(lossy(1)));
  expect(failure).toMatchObject({ code: 'UNBALANCED', stage: 'write', path: 'the shelf' });
  await unwrapEnvelope(bytes([await ENVELOPE])).to(lossy(0));
  const other = await failureOf(unwrapEnvelope(bytes([await ENVELOPE])).to(lossy(1)));
  expect(other).toMatchObject({ code: 'UNBALANCED', path: 'the shelf' });
  expect(seen).toStrictEqual(['commit', 'discard', 'commit', 'discard']);
});

test('a stream with an encoding arrives unchanged, or not at all', async () => {
  const text = exportEntities({ source: bytes('{"id":"é"}\n'), format: 'ndjson' });
  text.setEncoding('utf8');
  await text.toFile(at('text'));
  expect(await readFile(at('text'), 'utf8')).toBe('{"id":"é"}\n');
  const zip = exportEntities({ source: bytes(LINES), pack: 'zip' });
  zip.setEncoding('utf8');
  expect(await failureOf(zip.toFile(at('zip')))).toMatchObject({ code: 'UNBALANCED' });
  expect(await readdir(folder)).toStrictEqual(['text']);
});
