/** Convenient sources and destinations: URLs, blobs, responses, Node and web streams. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { hasZstd } from '../../src/zstd/node-zstd.js';
import { failureOf } from '../sources/outcome.js';

const LINES = '{"id":"1","type":"a"}\n{"id":"2","type":"b"}\n';
const NDJSON = { format: 'ndjson', pack: 'none' } as const;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-conveniences-'));
  await writeFile(join(folder, 'in [1].ndjson'), LINES);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a source', () => {
  const response = () => new Response(LINES);
  test.each([
    ['a Buffer', () => Buffer.from(LINES)],
    ['a Uint8Array', () => new TextEncoder().encode(LINES)],
    ['a Blob', () => new Blob([LINES])],
    ['a File', () => new File([LINES], 'in.ndjson')],
    ['a Response', response],
    ['a web stream', () => response().body ?? ''],
    ['a Readable', () => Readable.from([Buffer.from(LINES)], { objectMode: false })],
    ['a URL of a file', () => pathToFileURL(join(folder, 'in [1].ndjson'))],
    ['bytes of a Blob', () => bytes(new Blob([LINES]))],
    ['bytes of a Response', () => bytes(response())],
  ])('may be %s', async (_what, source) => {
    expect((await exportEntities({ source: source(), ...NDJSON }).toBuffer()).toString()).toBe(LINES);
  });

  test('that is a Blob can be read again, a Response cannot', async () => {
    const blob = new Blob([LINES]);
    const answer = response();
    const ask = (source: Blob | Response) => exportEntities({ source, ...NDJSON }).toBuffer();
    await ask(blob);
    expect((await ask(blob)).toString()).toBe(LINES);
    await ask(answer);
    expect(await failureOf(ask(answer))).toMatchObject({ code: 'ALREADY_USED' });
  });

  test('that is a failed Response is refused with its status', () => {
    const answer = new Response('{"id":"nobody"}', { status: 404, statusText: 'Not Found' });
    expect(() => exportEntities({ source: answer })).toThrow('the response is 404 Not Found');
    expect(() => exportEntities({ source: new URL('ftp://example.org/x') })).toThrow('is not a file: URL');
  });

  test('that is a URL is never a pattern', async () => {
    const source = pathToFileURL(join(folder, 'i*.ndjson'));
    expect(await failureOf(exportEntities({ source, ...NDJSON }).toBuffer())).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that is a stream of objects is refused as bytes', () => {
    expect(() => exportEntities({ source: Readable.from([{ id: 1 }]) })).toThrow('objects(iterable)');
  });

  test('that is an empty Response has no entities', async () => {
    const receipt = await exportEntities({ source: new Response(null), ...NDJSON }).to(new PassThrough().resume());
    expect(receipt).toMatchObject({ read: 0, written: 0 });
  });
});

describe('a result', () => {
  test('goes to a URL of a file', async () => {
    const url = pathToFileURL(join(folder, 'out 1.ndjson'));
    await exportEntities({ source: bytes(LINES) }).toFile(url);
    expect(await readFile(url, 'utf8')).toBe(LINES);
    const elsewhere = exportEntities({ source: bytes(LINES) }).toFile(new URL('https://example.org/out.ndjson'));
    expect(await failureOf(elsewhere)).toMatchObject({ code: 'INVALID', path: 'path' });
  });

  test('goes to a stream of Node', async () => {
    const stream = new PassThrough();
    const [text, receipt] = await Promise.all([
      buffer(stream),
      exportEntities({ source: bytes(LINES), ...NDJSON }).to(stream),
    ]);
    expect(text.toString()).toBe(LINES);
    expect(receipt.written).toBe(2);
  });

  test.each(['none', 'gzip', 'zip', 'envelope'] as const)('is the same in a Buffer as in a file: %s', async (pack) => {
    const many = `${'{"id":"1","type":"a","text":"some text of an entity"}\n'.repeat(100_000)}`;
    const request = { source: bytes(many), pack, format: 'json', id: 'same', now: 0, level: 1 } as const;
    await exportEntities(request).toFile(join(folder, 'out'));
    const inMemory = await exportEntities(request).toBuffer();
    expect(inMemory.equals(await readFile(join(folder, 'out')))).toBe(true);
  });

  test('in a Buffer is complete, or rejects', async () => {
    const failing = exportEntities({ source: bytes(`${LINES}{"id":`), ...NDJSON }).toBuffer();
    expect(await failureOf(failing)).toMatchObject({ code: 'TRUNCATED', recordIndex: 2 });
    const used = exportEntities({ source: bytes(LINES), ...NDJSON });
    await used.toBuffer();
    expect(await failureOf(used.toBuffer())).toMatchObject({ code: 'ALREADY_USED' });
  });

  test('is the body of a Response', async () => {
    const stream = exportEntities({ source: bytes(LINES), ...NDJSON });
    expect(await new Response(stream.toWeb()).text()).toBe(LINES);
    expect(await stream.receipt).toMatchObject({ written: 2 });
  });

  test('is delivered once, as a web stream too', async () => {
    const stream = exportEntities({ source: bytes(LINES), ...NDJSON });
    const web = stream.toWeb();
    expect(() => stream.toWeb()).toThrow(expect.objectContaining({ code: 'ALREADY_USED' }));
    expect(await failureOf(stream.toBuffer())).toMatchObject({ code: 'ALREADY_USED' });
    expect(await new Response(web).text()).toBe(LINES);
    const buffered = exportEntities({ source: bytes(LINES), ...NDJSON });
    await buffered.toBuffer();
    expect(() => buffered.toWeb()).toThrow(expect.objectContaining({ code: 'ALREADY_USED' }));
  });

  test('is aborted when its web stream is cancelled', async () => {
    const many = Readable.from(
      (function* () {
        for (;;) yield LINES;
      })(),
      { objectMode: false },
    );
    const stream = exportEntities({ source: many, ...NDJSON });
    const reader = stream.toWeb().getReader();
    expect((await reader.read()).done).toBe(false);
    await reader.cancel();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(many.destroyed).toBe(true);
  });
});

type NamedCase = [what: string, options: Omit<ExportOptions, 'source'>, name: string, text?: string];

describe('options that only some destinations can have', () => {
  const zstd: NamedCase[] = hasZstd() ? [['a level of Zstandard', { level: 19 }, 'out.ndjson.zst']] : [];

  test.each<NamedCase>([
    ['settings of tables', { dsv: { layout: 'fields', nullText: 'NULL' } }, 'out.csv', 'id,type\r\n1,a\r\n2,b\r\n'],
    ['settings of workbooks', { dsv: { minWidth: 9 } }, 'out.xlsx'],
    ...zstd,
  ])('%s: the name decides', async (_what, options, name, text) => {
    const receipt = await exportEntities({ source: bytes(LINES), ...options }).toFile(join(folder, name));
    expect(receipt.written).toBe(2);
    if (text !== undefined) expect(await readFile(join(folder, name), 'utf8')).toBe(text);
    const refused = { code: 'INVALID', path: Object.keys(options)[0] };
    expect(await failureOf(exportEntities({ source: bytes(LINES), ...options }).toBuffer())).toMatchObject(refused);
  });

  test('what no destination can have is refused at once', () => {
    expect(() => exportEntities({ source: bytes(LINES), format: 'array', dsv: { bom: true } })).toThrow('dsv');
    expect(() => exportEntities({ source: bytes(LINES), level: 23 })).toThrow('level');
  });
});
