/** Unwrapping: the complete file, or a refusal and no file. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { unzip } from '../pack/unzip.js';
import { watched, watchedCatalog } from '../sources/fake-source.js';
import { failureOf } from '../sources/outcome.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-unwrap-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const LINES = '{"id":"a","type":"t"}\n{"id":"b","type":"t"}\n';
const DOCUMENT = '{"entities":[{"id":"a","type":"t"},{"id":"b","type":"t"}]}';

/** A hand-written envelope. */
function envelopeOf(blob: string | Buffer, rest: object = { status: 'success', totalRecords: 2 }): string {
  const data = { blob: typeof blob === 'string' ? blob : blob.toString('base64') };
  return JSON.stringify({ response: { binaryObjects: [{ id: 'job', type: 'JSONObject', data }], ...rest } });
}

/** A zip without files. */
const zipped = () => Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);

const exportedEnvelope = (text = LINES) =>
  buffer(exportEntities({ source: bytes([text]), pack: 'envelope', id: 'job', tenant: 'acme' }));

describe('an envelope of an export', () => {
  test('gives the zip and the other members', async () => {
    const stream = unwrapEnvelope(bytes([await exportedEnvelope()]));
    const blob = await buffer(stream);
    const [{ entry, content }] = await unzip(blob);
    expect([entry.fileName, content.toString()]).toStrictEqual(['job_out.json', DOCUMENT]);
    expect(await stream.envelope).toStrictEqual({
      id: 'job',
      type: 'JSONObject',
      tenantId: 'acme',
      fileName: 'job_out.zip',
      version: '1.1',
      extension: 'zip',
      status: 'success',
      totalRecords: 2,
      blobBytes: blob.length,
    });
  });

  test('is read from a path, from gzip, and byte by byte', async () => {
    const text = await exportedEnvelope();
    const whole = await buffer(unwrapEnvelope(bytes([text])));
    await writeFile(at('answer.json'), text);
    await writeFile(at('answer.json.gz'), gzipSync(text));
    const singles = bytes([...text].map((byte) => Buffer.of(byte)));
    for (const source of [at('answer.json'), at('answer.json.gz'), singles]) {
      expect((await buffer(unwrapEnvelope(source))).equals(whole)).toBe(true);
    }
  });

  test('becomes a file', async () => {
    await writeFile(at('answer.json'), await exportedEnvelope());
    const { totalRecords } = await unwrapEnvelope(at('answer.json')).toFile(at('answer.zip'));
    expect(totalRecords).toBe(2);
    expect((await unzip(await readFile(at('answer.zip'))))[0].content.toString()).toBe(DOCUMENT);
    const again = unwrapEnvelope(at('answer.json'));
    expect((await failureOf(again.toFile(at('answer.zip')))).code).toBe('DESTINATION_EXISTS');
    await unwrapEnvelope(at('answer.json')).toFile(at('answer.zip'), { overwrite: true });
    expect((await readdir(folder)).sort()).toStrictEqual(['answer.json', 'answer.zip']);
  });

  test.each([
    ['zip', 'out.json', '.zip'],
    ['zip', 'OUT.NDJSON.GZ', '.zip'],
    ['gzip', 'out.zip', '.gz'],
    ['plain', 'out.zip', '.json'],
    ['plain', 'out.csv.zst', '.json'],
    ['short', 'out.gz', '.json'],
  ])('with a %s blob does not become %s', async (kind, name, fit) => {
    const blob = { zip: zipped(), gzip: gzipSync(DOCUMENT), plain: Buffer.from(DOCUMENT), short: Buffer.from('{}') }[
      kind
    ];
    // Byte by byte, the blob begins with less than a signature.
    const text = envelopeOf(blob ?? '');
    const singles = bytes([...text].map((byte) => Buffer.from(byte)));
    const error = await failureOf(unwrapEnvelope(singles).toFile(at(name)));
    expect(error).toMatchObject({ code: 'INVALID', stage: 'write', path: at(name) });
    expect(error.message).toContain(`ends in ${fit}`);
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test.each(['out.zip', 'out.xlsx', 'out', 'out.bin'])('with a zip in its blob becomes %s', async (name) => {
    await unwrapEnvelope(bytes([envelopeOf(zipped())])).toFile(at(name));
    expect((await readFile(at(name))).equals(zipped())).toBe(true);
  });

  test('beside others is not taken for all of them', async () => {
    await writeFile(at('1.json'), envelopeOf(Buffer.from(DOCUMENT)));
    const alone = unwrapEnvelope(folder);
    expect((await buffer(alone)).toString()).toBe(DOCUMENT);
    await writeFile(at('2.json'), envelopeOf(Buffer.from(DOCUMENT)));
    for (const path of [folder, at('*.json')]) {
      const error = await failureOf(unwrapEnvelope(path).toFile(join(folder, 'out')));
      expect(error).toMatchObject({ code: 'INVALID', stage: 'read', source: at('2.json') });
    }
    expect(await readdir(folder)).toStrictEqual(['1.json', '2.json']);
  });

  test('of megabytes is read in constant memory, and closed', async () => {
    const large = await buffer(
      exportEntities({ source: watchedCatalog({ bytes: 5_000_000 }).source, pack: 'envelope' }),
    );
    const seen = watched([large]);
    let most = 0;
    let blob = 0;
    for await (const chunk of unwrapEnvelope(seen.source)) {
      most = Math.max(most, chunk.length);
      blob += chunk.length;
    }
    expect(blob).toBeGreaterThan(500_000);
    expect(most).toBeLessThan(500_000);
    expect(seen.closed).toBe(1);
  });
});

describe('a foreign envelope', () => {
  const BLOB = Buffer.from('any bytes: \0\u00ff');
  const base64 = BLOB.toString('base64');

  test.each<[string, string]>([
    ['spread over lines', JSON.stringify(JSON.parse(envelopeOf(BLOB)), null, 2)],
    [
      'with its status in front',
      `{"response":{"status":"success","totalRecords":2,"binaryObjects":[{"data":{"blob":"${base64}"}}]}}`,
    ],
    [
      'with other members',
      `{"request":{"x":[1,{}]},"response":{"binaryObjects":[{"data":{"more":1,"blob":"${base64}"},"id":"j"}],"status":"success","totalRecords":2,"y":null}}`,
    ],
    ['with slashes and pluses in escapes', envelopeOf(base64).replaceAll('+', '\\u002b').replaceAll('/', '\\/')],
    ['after a byte order mark', `\ufeff${envelopeOf(BLOB)}`],
    [
      'without an id',
      `{"response":{"binaryObjects":[{"data":{"blob":"${base64}"}}],"status":"success","totalRecords":2}}`,
    ],
  ])('%s', async (_how, text) => {
    const stream = unwrapEnvelope(bytes([text]));
    expect((await buffer(stream)).equals(BLOB)).toBe(true);
    expect(await stream.envelope).toMatchObject({ status: 'success', totalRecords: 2, blobBytes: BLOB.length });
  });

  test('may have an empty blob', async () => {
    const stream = unwrapEnvelope(bytes([envelopeOf('', { status: 'success', totalRecords: 0 })]));
    expect((await buffer(stream)).length).toBe(0);
    expect(await stream.envelope).toMatchObject({ totalRecords: 0, blobBytes: 0 });
  });
});

/** Outcomes of a stream that must fail and leave the folder empty. */
async function refusedWith(text: string | Buffer): Promise<string> {
  const stream = unwrapEnvelope(bytes([text]));
  const { code } = await failureOf(stream.toFile(at('out')));
  expect((await failureOf(stream.envelope)).code).toBe(code);
  expect(await readdir(folder)).toStrictEqual([]);
  return code;
}

describe('refuses, and writes no file for', () => {
  test.each<[string, string | Buffer, string]>([
    [
      'an export that failed',
      envelopeOf('UEs=', { status: 'error', statusDetail: { code: 'READ_FAILED', message: 'gone' } }),
      'EXPORT_FAILED',
    ],
    ['an export that failed without a blob', '{"response":{"status":"error"}}', 'EXPORT_FAILED'],
    ['another status', envelopeOf('UEs=', { status: 'running', totalRecords: 1 }), 'NOT_AN_ENVELOPE'],
    ['no status', envelopeOf('UEs=', { totalRecords: 1 }), 'NOT_AN_ENVELOPE'],
    ['no count', envelopeOf('UEs=', { status: 'success' }), 'NOT_AN_ENVELOPE'],
    ['a fractional count', envelopeOf('UEs=', { status: 'success', totalRecords: 1.5 }), 'NOT_AN_ENVELOPE'],
    ['no blob', '{"response":{"binaryObjects":[{"data":{}}],"status":"success","totalRecords":0}}', 'NOT_AN_ENVELOPE'],
    [
      'a blob that is not a string',
      '{"response":{"binaryObjects":[{"data":{"blob":7}}],"status":"success","totalRecords":0}}',
      'NOT_AN_ENVELOPE',
    ],
    [
      'two blobs',
      '{"response":{"binaryObjects":[{"data":{"blob":""}},{"data":{"blob":""}}],"status":"success","totalRecords":0}}',
      'NOT_AN_ENVELOPE',
    ],
    ['invalid base64', envelopeOf('UE$='), 'NOT_AN_ENVELOPE'],
    ['base64 after its padding', envelopeOf('UEs=UEs='), 'NOT_AN_ENVELOPE'],
    ['an unescaped line break in a string', envelopeOf('UEs=').replace('UEs', 'UE\ns'), 'NOT_AN_ENVELOPE'],
    ['a document', DOCUMENT, 'NOT_AN_ENVELOPE'],
    ['lines', LINES, 'NOT_AN_ENVELOPE'],
    ['a zip', Buffer.from('PK\u0003\u0004'), 'UNSUPPORTED_INPUT'],
    ['an empty file', '', 'TRUNCATED'],
    ['text after the envelope', `${envelopeOf('UEs=')}x`, 'NOT_AN_ENVELOPE'],
    ['truncated gzip', gzipSync(envelopeOf('UEs=')).subarray(0, 30), 'TRUNCATED'],
  ])('%s', async (_what, text, code) => {
    expect(await refusedWith(text)).toBe(code);
  });

  test('an envelope truncated at any byte', async () => {
    const text = Buffer.from(envelopeOf(Buffer.from('blob')));
    for (let length = 0; length < text.length; length++) {
      const code = await refusedWith(text.subarray(0, length));
      expect(['TRUNCATED', 'NOT_AN_ENVELOPE'], `cut at ${length}`).toContain(code);
    }
  });

  test('a source that is missing, fails, or holds objects', async () => {
    const failing = async function* () {
      yield envelopeOf('UEs=').slice(0, 100);
      throw new Error('reset by peer');
    };
    for (const [source, code] of [
      [at('missing'), 'NOT_FOUND'],
      [bytes(failing()), 'READ_FAILED'],
      [objects([]), 'INVALID'],
    ] as const) {
      const stream = unwrapEnvelope(source);
      expect((await failureOf(stream.toFile(at('out')))).code).toBe(code);
      expect((await failureOf(stream.envelope)).code).toBe(code);
    }
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test('an export that failed after its first byte', async () => {
    const failing = watchedCatalog({ bytes: 8_000_000 }, { failAfter: 6_000_000 });
    const stream = exportEntities({ source: failing.source, pack: 'envelope' });
    const text = await buffer(stream);
    expect((await failureOf(stream.receipt)).code).toBe('READ_FAILED');
    const error = await failureOf(unwrapEnvelope(bytes([text])).toFile(at('out')));
    expect(error).toMatchObject({ code: 'EXPORT_FAILED', message: expect.stringContaining('the line went dead') });
    expect(await readdir(folder)).toStrictEqual([]);
  });
});

describe('ended early', () => {
  test('by a signal', async () => {
    const controller = new AbortController();
    const front = envelopeOf('UEs=').slice(0, 80);
    const stuck = new Readable({
      read() {
        if (!this.readableDidRead) this.push(front);
        setImmediate(() => controller.abort());
      },
    });
    const stream = unwrapEnvelope(bytes(stuck), { signal: controller.signal });
    const writing = failureOf(stream.toFile(at('out')));
    expect((await writing).code).toBe('ABORTED');
    expect((await failureOf(stream.envelope)).code).toBe('ABORTED');
    expect(stuck.destroyed).toBe(true);
    expect(await readdir(folder)).toStrictEqual([]);
  });

  test('by a reader that leaves', async () => {
    const seen = watched([Buffer.from(envelopeOf(Buffer.alloc(5_000_000)))]);
    const stream = unwrapEnvelope(seen.source);
    for await (const chunk of stream) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await failureOf(stream.envelope)).code).toBe('ABORTED');
    expect(seen.closed).toBe(1);
  });

  test('by a failing destination', async () => {
    const seen = watched([Buffer.from(envelopeOf(Buffer.alloc(5_000_000)))]);
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    const destination = {
      name: 'shelf',
      open: async () => ({ writable: full, commit: async () => {}, discard: async () => {} }),
    };
    expect((await failureOf(unwrapEnvelope(seen.source).to(destination))).code).toBe('DISK_FULL');
    expect(seen.closed).toBe(1);
  });
});
