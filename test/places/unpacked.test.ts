/** Results of sluice as inputs: archives and envelopes give the files inside them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { readEntities } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { inspectSource } from '../../src/verify/inspect-source.js';
import { exported } from '../sources/outcome.js';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-unpacked-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const RECORDS = Array.from({ length: 3000 }, (_, index) => `{"id":"e${index}","n":${index}.50}`);
const LINES = `${RECORDS.join('\n')}\n`;
const again = (source: ExportOptions['source'], options: Partial<ExportOptions> = {}) =>
  exported({ source, format: 'ndjson', ...options });

/** A zip of these files. */
async function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(archive.outputStream)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function envelope(blob: Buffer, between = ''): Buffer {
  const text = blob.toString('base64');
  return Buffer.from(
    `{${between}"response":{${between}"binaryObjects":[{"id":"1","type":"JSONObject","properties":{},"data":{"blob":"${text}"}}],` +
      `"status":"success","statusDetail":{},"totalRecords":2}}`,
  );
}

describe('the totalRecords of an envelope', () => {
  const notes = async (blob: Buffer, options: Partial<ExportOptions> = {}) =>
    (await again(bytes([envelope(blob)]), options)).receipt?.notes;
  const TWO = RECORDS.slice(0, 2).join('\n');
  const THREE = RECORDS.slice(0, 3).join('\n');
  const differs = (read: number) => [expect.objectContaining({ code: 'TOTAL_DIFFERS', counts: { stated: 2, read } })];

  test('is compared with what was read, in text and in archives of several files', async () => {
    expect(await notes(Buffer.from(TWO))).toStrictEqual([]);
    expect(await notes(Buffer.from(THREE))).toStrictEqual(differs(3));
    expect(await notes(await zip({ 'a.json': RECORDS[0], 'b.json': RECORDS[1] }))).toStrictEqual([]);
    expect(await notes(await zip({ 'a.json': THREE, 'b.json': TWO }))).toStrictEqual(differs(5));
  });

  test('counts what filters leave out and what is rejected, and not what was not read', async () => {
    expect(await notes(Buffer.from(TWO), { request: { types: ['none'] } })).not.toContainEqual(differs(0)[0]);
    expect(await notes(Buffer.from(`${TWO.replace('1.50', 'x')}`), { onError: 'skip' })).toStrictEqual([]);
    expect(await notes(Buffer.from(THREE), { request: { maxRecords: 1 } })).toStrictEqual([]);
    expect(await notes(Buffer.from(THREE), { request: { ids: ['e0'] } })).toStrictEqual([]);
  });
});

describe('a result is read as what was exported:', () => {
  test.each<[string, string, Partial<ExportOptions>]>([
    ['a zip of a document', 'out.zip', {}],
    ['a stored zip', 'out.zip', { level: 0 }],
    ['a zip of lines', 'out.ndjson.zip', {}],
    ['a zip of several files with a manifest', 'out.zip', { batchSize: 700, manifest: true }],
    ['an envelope', 'out.json', { pack: 'envelope' }],
    ['an envelope of the document itself', 'out.json', { pack: 'envelope', content: 'plain' }],
    ['an envelope of a bare array', 'out.json', { pack: 'envelope', content: 'plain', format: 'array' }],
    ['an envelope of lines', 'out.json', { pack: 'envelope', content: 'plain', format: 'ndjson' }],
    ['an envelope of several files', 'out.json', { pack: 'envelope', batchSize: 700, manifest: true }],
    ['a bare array', 'out.json', { format: 'array' }],
    ['a gzipped document', 'out.json.gz', {}],
  ])('%s', async (_what, name, options) => {
    await exportEntities({ source: bytes([LINES]), ...options }).toFile(at(name));
    const { size } = await readFile(at(name)).then((content) => ({ size: content.length }));
    for (const source of [at(name), bytes([await readFile(at(name))])]) {
      const { output, receipt, error } = await again(source);
      expect(error).toBeUndefined();
      expect(output.toString()).toBe(LINES);
      expect(receipt).toMatchObject({ read: 3000, notes: [] });
      expect(receipt?.bytesIn).toBeGreaterThan(size / 2);
      expect(receipt?.bytesIn).toBeLessThanOrEqual(size);
    }
    expect(await inspectSource(at(name))).toMatchObject({ records: 3000 });
    const ids: unknown[] = [];
    for await (const { id } of readEntities(at(name))) ids.push(id);
    expect(ids).toHaveLength(3000);
  });

  test('an envelope, wherever it is cut into chunks, with white space', async () => {
    const whole = envelope(await zip({ 'a.json': '[{"id":"1"},{"id":"2"}]' }), '\n  ');
    for (let cut = 1; cut < whole.length; cut++) {
      const { output } = await again(bytes([whole.subarray(0, cut), whole.subarray(cut)]));
      expect(output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n');
    }
  });
});

describe('of an archive', () => {
  test('the files come in the order of its directory, without hidden ones and folders', async () => {
    await writeFile(
      at('a.zip'),
      await zip({ 'z/b.ndjson': '{"id":"1"}\n', '.hidden': 'x', '__MACOSX/z/b': 'x', 'a.json': '[{"id":"2"}]' }),
    );
    expect((await again(at('a.zip'))).output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n');
  });

  test('a manifest is left out only where it is one, behind other files', async () => {
    const of = async (files: Readonly<Record<string, string>>) =>
      (await again(bytes([await zip(files)]))).output.toString();
    expect(await of({ 'manifest.json': '{"id":"x","files":[{"name":"y"}]}' })).toContain('"files"');
    expect(await of({ 'a.json': '{"id":"1"}', 'manifest.json': '{"id":"2"}' })).toBe('{"id":"1"}\n{"id":"2"}\n');
  });

  test.each([
    ['a table', 'a.csv', 'id;name\n1;a\n', 'UNSUPPORTED_INPUT', 'is a table'],
    ['another format', 'a.pdf', '%PDF-1.7', 'UNSUPPORTED_INPUT', 'is a PDF'],
    ['an archive inside', 'in.zip', Buffer.from('PK\x03\x04 and so on'), 'UNSUPPORTED_INPUT', 'is a zip archive'],
    ['text', 'README', 'hello\n', 'NOT_AN_ENTITY', ''],
    ['a truncated document', 'a.json', '{"entities":[{"id":"1"}', 'TRUNCATED', ''],
  ])('%s is a fault with its name, or is set aside', async (_what, name, content, code, text) => {
    await writeFile(
      at('a.zip'),
      await zip({ 'first.ndjson': '{"id":"f"}\n', [name]: content, 'last.ndjson': '{"id":"l"}\n' }),
    );
    const { error } = await again(at('a.zip'));
    expect(error).toMatchObject({ code, source: `${at('a.zip')}/${name}` });
    expect(error?.message).toContain(text);
    const { output, receipt } = await again(at('a.zip'), { onError: 'skip-file' });
    expect(receipt?.setAside).toMatchObject({ files: 1, first: [{ source: `${at('a.zip')}/${name}`, code }] });
    expect(output.toString().replace('{"id":"1"}\n', '')).toBe('{"id":"f"}\n{"id":"l"}\n');
  });

  test.each([
    ['small', 100],
    ['large', 40_000],
  ])('a wrong checksum is a fault: a %s file', async (_size, records) => {
    const content = Array.from({ length: records }, (_, index) => `{"id":"${index * 7919}"}\n`).join('');
    const archive = await zip({ 'a.ndjson': content, 'b.ndjson': '{"id":"b"}\n' });
    const directory = archive.indexOf(Buffer.from('PK\x01\x02'));
    archive[directory + 16] ^= 1;
    await writeFile(at('a.zip'), archive);
    expect((await again(at('a.zip'))).error).toMatchObject({ code: 'VERIFY_FAILED' });
    const { output, receipt } = await again(at('a.zip'), { onError: 'skip-file' });
    expect(output.toString().endsWith('{"id":"b"}\n')).toBe(true);
    expect(receipt?.setAside?.files).toBe(1);
  });

  test.each([
    ['an encrypted file', 8, 1, 'is encrypted: unpack it with its password (7z x), and name the file'],
    ['a file of another method', 10, 9, 'is compressed with Deflate64: unpack it (7z x), and name the file'],
    ['a file of an unknown method', 10, 77, 'is compressed with method 77: unpack it'],
  ])('%s is refused by name, or is set aside', async (_what, field, value, text) => {
    const archive = await zip({ 'a.ndjson': '{"id":"a"}\n', 'b.ndjson': '{"id":"b"}\n' });
    archive[archive.indexOf('PK\x01\x02') + field] = value;
    await writeFile(at('a.zip'), archive);
    const source = `${at('a.zip')}/a.ndjson`;
    const { error } = await again(at('a.zip'));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', source });
    expect(error?.message).toContain(`${source} ${text}`);
    const { output, receipt } = await again(at('a.zip'), { onError: 'skip-file' });
    expect(receipt?.setAside).toMatchObject({ files: 1, first: [{ source, code: 'UNSUPPORTED_INPUT' }] });
    expect(output.toString()).toBe('{"id":"b"}\n');
  });

  test('that is truncated, or has no files, nothing is read', async () => {
    const archive = await zip({ 'a.json': '[{"id":"1"}]' });
    await writeFile(at('cut.zip'), archive.subarray(0, archive.length - 10));
    expect((await again(at('cut.zip'))).error).toMatchObject({ code: 'VERIFY_FAILED' });
    const { receipt } = await again(at('cut.zip'), { onError: 'skip-file' });
    expect(receipt).toMatchObject({ read: 0, setAside: { files: 1 } });
    expect((await again(bytes([await zip({ '.x': 'y' })]))).error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
  });
});

describe('an envelope', () => {
  test('that reports a failed export is that failure', async () => {
    const whole = envelope(await zip({ 'a.json': '[{"id":"1"}]' })).toString();
    const failed = whole.replace('"success","statusDetail":{}', '"error","statusDetail":{"code":"X","message":"no"}');
    expect((await again(bytes([failed]))).error).toMatchObject({ code: 'EXPORT_FAILED' });
  });

  test('that is truncated is a fault', async () => {
    const whole = envelope(await zip({ 'a.json': '[{"id":"1"}]' }));
    expect((await again(bytes([whole.subarray(0, -60)]))).error).toMatchObject({ code: 'TRUNCATED' });
  });

  test('that announces records and holds nothing is a fault', async () => {
    expect((await again(bytes([envelope(Buffer.alloc(0))]))).error).toMatchObject({ code: 'TRUNCATED' });
  });

  test('is itself read where a path or a form says so', async () => {
    const whole = envelope(await zip({ 'a.json': '[{"id":"1"}]' }));
    const { output } = await again(bytes([whole]), { path: 'response.binaryObjects' });
    expect(output.toString()).toContain('"type":"JSONObject"');
  });

  test('whose blob is neither a zip nor text is refused', async () => {
    const { error } = await again(bytes([envelope(deflateRawSync('something else'))]));
    expect(error).toMatchObject({ stage: 'scan' });
  });

  test('of a table is refused by name', async () => {
    const table = envelope(Buffer.from('ID,Name\r\n1,a\r\n')).toString().replace('JSONObject', 'DSVObject');
    const { error } = await again(bytes([table]));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_INPUT', message: expect.stringMatching(/is a table/) });
  });

  test('of a failed export is that failure, behind the records before it', async () => {
    const whole = envelope(Buffer.from('{"entities":[{"id":"1"}]}')).toString();
    const failed = whole.replace('"success","statusDetail":{}', '"error","statusDetail":{"code":"X","message":"why"}');
    expect((await again(bytes([failed]))).error).toMatchObject({ code: 'EXPORT_FAILED' });
  });

  test('with a byte order mark and blanks in the blob is read', async () => {
    const { output } = await again(bytes([envelope(Buffer.from('\ufeff [ {"id":"1"} ]'))]));
    expect(output.toString()).toBe('{"id":"1"}\n');
  });

  test('of another type is refused with the way to its blob', async () => {
    const image = envelope(Buffer.from('\x89PNG\r\n\x1a\n')).toString().replace('JSONObject', 'image');
    expect((await again(bytes([image]))).error).toMatchObject({ code: 'UNSUPPORTED_INPUT', stage: 'scan' });
  });
});

test('a slow pipe is read as it comes', async () => {
  async function* feed() {
    yield '{"id":"1"}\n';
    await new Promise((resolve) => setImmediate(resolve));
    yield '{"id":"2"}\n';
  }
  const ids: unknown[] = [];
  for await (const { id } of readEntities(bytes(feed()))) ids.push(id);
  expect(ids).toStrictEqual(['1', '2']);
});
