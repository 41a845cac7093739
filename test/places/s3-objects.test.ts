/** Objects of S3-compatible storage as inputs: single ones and all with a prefix. */
import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBucket } from '../../src/destinations/s3/open-bucket.js';
import { exportEntities } from '../../src/export/run-export.js';
import { type S3SourceOptions, s3Objects } from '../../src/places/s3-objects.js';
import { hasZstd, ZSTD_COMPRESS, zstdCall } from '../../src/zstd/node-zstd.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';
import { exported, refusalOf } from '../sources/outcome.js';

let service: TestS3;
beforeEach(async () => {
  service = await startS3({ page: 3 });
});
afterEach(() => service.close());

const LINES = Array.from({ length: 300_000 }, (_, index) => `{"id":"e${index * 7919}","x":"${'y'.repeat(10)}"}\n`).join(
  '',
);
const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

async function put(objects: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const bucket = await openBucket('results', service.options, 'write');
  for (const [key, content] of Object.entries(objects)) await bucket.put(key, Buffer.from(content));
  bucket.close();
}

const source = (address: string | readonly string[], options: S3SourceOptions = {}) =>
  s3Objects(address, { ...service.options, ...options });
const read = (address: string | readonly string[], options: S3SourceOptions = {}) =>
  exported({ source: source(address, options), format: 'ndjson' });

describe('an object is read', () => {
  test.each([
    ['over several connections', 4],
    ['over one', 1],
  ])('%s', async (_how, connections) => {
    await put({ 'big.ndjson': LINES });
    const { output, receipt } = await read('s3://results/big.ndjson', { connections });
    expect(digest(output)).toBe(digest(LINES));
    expect(receipt?.bytesIn).toBe(LINES.length);
    expect(service.counts.GetObject).toBe(connections === 1 ? 1 : Math.ceil(LINES.length / 2 ** 22));
  });

  test('compressed', async () => {
    await put({ 'a.json.gz': gzipSync('[{"id":"1"}]') });
    expect((await read('s3://results/a.json.gz')).output.toString()).toBe('{"id":"1"}\n');
  });

  test.runIf(hasZstd())('in Zstandard, over several connections that are cut', async () => {
    // Without a pattern, so that it stays larger than what one connection reads.
    const noise = randomBytes(9_000_000).toString('base64');
    const lines = Array.from({ length: 3000 }, (_, at) => `{"x":"${noise.slice(at * 4000, at * 4000 + 4000)}"}\n`).join(
      '',
    );
    await put({ 'big.ndjson.zst': await zstdCall(ZSTD_COMPRESS, Buffer.from(lines), {}) });
    service.hook = ({ operation, nth }) => (operation === 'GetObject' && nth <= 2 ? 'cut' : undefined);
    expect(digest((await read('s3://results/big.ndjson.zst')).output)).toBe(digest(lines));
    expect(service.counts.GetObject).toBeGreaterThan(3);
  });

  test('though connections are cut', async () => {
    await put({ 'big.ndjson': LINES });
    service.hook = ({ operation, nth }) => (operation === 'GetObject' && nth <= 3 ? 'cut' : undefined);
    expect(digest((await read('s3://results/big.ndjson')).output)).toBe(digest(LINES));
  });
});

describe('an abort ends at once', () => {
  test.each([
    ['the wait for an object', 's3://results/a.ndjson', 'HeadObject'],
    ['the wait for a listing', 's3://results/logs/', 'ListObjectsV2'],
    ['the wait for bytes', 's3://results/a.ndjson', 'GetObject'],
  ])('%s', async (_what, address, silent) => {
    await put({ 'a.ndjson': '{"id":"1"}\n', 'logs/a.ndjson': '{"id":"1"}\n' });
    const controller = new AbortController();
    service.hook = ({ operation }) => {
      if (operation !== silent) return undefined;
      setImmediate(() => controller.abort());
      return new Promise(() => {});
    };
    const reading = exportEntities({ source: source(address), signal: controller.signal }).toBuffer();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('the pause before a retry', async () => {
    await put({ 'a.ndjson': LINES });
    service.hook = ({ operation }) => (operation === 'GetObject' ? 'cut' : undefined);
    const bucket = await openBucket('results', service.options, 'read');
    const controller = new AbortController();
    let ended: unknown;
    const reading = (async () => {
      for await (const _ of bucket.read({ key: 'a.ndjson', start: 0, end: LINES.length }, controller.signal));
    })().catch((cause) => {
      ended = cause;
    });
    while ((service.counts.GetObject ?? 0) < 1) await wait(5);
    await wait(100);
    controller.abort();
    await turn();
    expect(ended).toMatchObject({ code: 'ABORTED' });
    await reading;
    bucket.close();
  });
});

describe('a prefix stands for all objects below it', () => {
  beforeEach(() =>
    put({
      'logs/b10.json': '{"id":"b10"}',
      'logs/b9.json': '{"id":"b9"}',
      'logs/a/x.ndjson': '{"id":"x"}\n',
      'logs/a.json.gz': gzipSync('{"id":"a"}\n'),
      'logs/readme.txt': 'no',
      'logs/.hidden.json': '{"id":"h"}',
      'logs/empty/': '',
      'other.json': '{"id":"o"}',
    }),
  );

  test('whose names look like JSON, in the order of the bucket', async () => {
    const { output, receipt } = await read('s3://results/logs/');
    expect(output.toString()).toBe('{"id":"a"}\n{"id":"x"}\n{"id":"b10"}\n{"id":"b9"}\n');
    expect(receipt?.notes).toMatchObject([{ code: 'FILES_LEFT_OUT', counts: { files: 1 } }]);
    expect(await source('s3://results/logs/').totalBytes?.()).toBeGreaterThan(30);
  });

  test('in natural order on request', async () => {
    const { output } = await read('s3://results/logs/', { sort: 'natural' });
    expect(output.toString()).toBe('{"id":"a"}\n{"id":"x"}\n{"id":"b9"}\n{"id":"b10"}\n');
  });

  test('but the manifest of a result, unless it is named', async () => {
    const list = '{"id":"r","files":[{"name":"a.json","records":1,"bytes":10}]}\n';
    await put({ 'result/a.json': '{"id":"a"}', 'result/manifest.json': list });
    const { output, receipt } = await read('s3://results/result/');
    expect(output.toString()).toBe('{"id":"a"}\n');
    expect(receipt?.notes).toMatchObject([{ code: 'FILES_LEFT_OUT', counts: { files: 1 } }]);
    expect((await read('s3://results/result/manifest.json')).output.toString()).toBe(list);
  });

  test('or the whole bucket, and single ones beside it', async () => {
    const { receipt } = await read(['s3://results/', 's3://results/other.json']);
    expect(receipt?.read).toBe(6);
  });

  test('and is an error without any', async () => {
    expect((await read('s3://results/none/')).error).toMatchObject({ code: 'NOT_FOUND', source: 's3://results/none/' });
  });
});

describe('is a fault:', () => {
  test('a missing object or bucket', async () => {
    expect((await read('s3://results/none.json')).error).toMatchObject({ code: 'NOT_FOUND', stage: 'read' });
    expect((await read('s3://nothing/')).error).toMatchObject({ code: 'NOT_FOUND', stage: 'read' });
  });

  test('an object that is replaced while it is read', async () => {
    await put({ 'big.ndjson': LINES });
    let replaced = false;
    service.hook = async ({ operation, nth }) => {
      if (operation !== 'GetObject' || nth < 3 || replaced) return undefined;
      replaced = true;
      await put({ 'big.ndjson': LINES.replace('e0', 'f0') });
      return undefined;
    };
    const { error } = await read('s3://results/big.ndjson');
    expect(error).toMatchObject({ code: 'SOURCE_CHANGED', source: 's3://results/big.ndjson' });
  });

  test('an object that is replaced, where the service ignores the ETag', async () => {
    await put({ 'big.ndjson': LINES });
    service.hook = async ({ operation, nth }) => {
      if (operation === 'GetObject' && nth === 2) await put({ 'big.ndjson': LINES.replace('e0', 'f0') });
      return 'unconditional' as const;
    };
    expect((await read('s3://results/big.ndjson')).error).toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  test('parts, where the service ignores ranges', async () => {
    await put({ 'big.ndjson': LINES });
    service.hook = () => 'whole';
    const { error } = await read('s3://results/big.ndjson');
    expect(error).toMatchObject({ code: 'READ_FAILED', path: 's3://results/big.ndjson' });
    const { output } = await read('s3://results/big.ndjson', { connections: 1 });
    expect(digest(output)).toBe(digest(LINES));
  });

  test('a malformed address', async () => {
    expect(await refusalOf(() => s3Objects('s3:/x'))).toMatchObject({ code: 'INVALID' });
  });
});

test('a limit leaves the connections', async () => {
  await put({ 'big.ndjson': LINES });
  const limited = { source: source('s3://results/big.ndjson'), format: 'ndjson', request: { maxRecords: 1 } } as const;
  expect((await exported(limited)).receipt?.written).toBe(1);
});

test('a missing object among others is set aside on request', async () => {
  await put({ 'a.json': '{"id":"1"}' });
  const both = source(['s3://results/none.json', 's3://results/a.json']);
  const { receipt } = await exported({ source: both, format: 'ndjson', onError: 'skip-file' });
  expect(receipt).toMatchObject({ read: 1, setAside: { files: 1, first: [{ code: 'NOT_FOUND' }] } });
});
