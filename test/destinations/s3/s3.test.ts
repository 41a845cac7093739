/** An object as a destination: complete or not at all, in constant memory, with precise errors. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deliver } from '../../../src/destinations/deliver.js';
import { PART_BYTES, partBytes } from '../../../src/destinations/s3/object-writer.js';
import { type S3DestinationOptions, s3 } from '../../../src/destinations/s3/s3.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { bytes } from '../../../src/sources/bytes.js';
import { objects } from '../../../src/sources/objects.js';
import { makeBucket, S3 } from '../../servers/s3-bucket.js';
import { startS3, type TestS3 } from '../../servers/s3-server.js';

const MIB = 1024 * 1024;

let server: TestS3;
beforeEach(async () => {
  server = await startS3();
});
afterEach(() => server.close());

/** Bytes in which no two mebibytes are equal. */
function* content(size: number, chunk = 300_000): Generator<Buffer> {
  for (let at = 0; at < size; at += chunk) {
    const piece = Buffer.alloc(Math.min(chunk, size - at));
    for (let i = 0; i + 4 <= piece.length; i += 64) piece.writeUInt32LE(at + i, i);
    yield piece;
  }
}

const all = (size: number) => Buffer.concat([...content(size)]);

async function put(key: string, chunks: Iterable<Buffer> | AsyncIterable<Buffer>, options: S3DestinationOptions = {}) {
  const destination = s3(`s3://${server.bucket}/${key}`, { ...server.options, ...options });
  return deliver(Readable.from(chunks, { objectMode: false }), destination, Promise.resolve('proof'));
}

describe('an object', () => {
  test.each([0, 1, PART_BYTES])('of %d bytes is one request', async (size) => {
    expect(await put('a/b.bin', content(size))).toBe('proof');
    expect(server.objects.get('a/b.bin')?.bytes.equals(all(size))).toBe(true);
    expect(server.counts).toMatchObject({ PutObject: 1 });
    expect(server.counts.CreateMultipartUpload).toBeUndefined();
  });

  test.each([PART_BYTES + 1, 3 * PART_BYTES, 40 * MIB + 5])('of %d bytes is written in parts', async (size) => {
    await put('a/b.bin', content(size));
    expect(server.objects.get('a/b.bin')?.bytes.equals(all(size))).toBe(true);
    expect(server.uploads.size).toBe(0);
    expect(server.counts.UploadPart).toBe(Math.ceil(size / PART_BYTES));
  });

  test('has at most two parts in progress, however slow the service and fast the source', async () => {
    server.hook = async ({ operation }) => {
      if (operation === 'UploadPart') await new Promise((resolve) => setTimeout(resolve, 30));
      return undefined;
    };
    await put('a', content(80 * MIB, 5 * MIB));
    expect(server.mostParts).toBe(2);
    expect(server.objects.get('a')?.bytes.length).toBe(80 * MIB);
  });

  test('of ten parts takes memory for three', async () => {
    const allocated = vi.spyOn(Buffer, 'allocUnsafeSlow');
    await put('a', content(80 * MIB, 5 * MIB));
    const parts = allocated.mock.calls.filter(([size]) => size === PART_BYTES);
    allocated.mockRestore();
    expect(parts.length).toBeLessThanOrEqual(3);
    expect(server.objects.get('a')?.bytes.equals(Buffer.concat([...content(80 * MIB, 5 * MIB)]))).toBe(true);
  });

  test('does not exist before it is complete', async () => {
    let seen = -1;
    const watched = async function* () {
      for (const chunk of content(20 * MIB)) yield chunk;
      seen = server.objects.size;
    };
    await put('a', watched());
    expect(seen).toBe(0);
    expect(server.objects.size).toBe(1);
  });

  test('has the media type of its suffix, or the given one', async () => {
    await put('a.zip', content(1));
    await put('a.NDJSON', content(1));
    await put('b.zip', content(1), { contentType: 'text/plain' });
    const types = ['a.zip', 'a.NDJSON', 'b.zip'].map((key) => server.objects.get(key)?.headers['content-type']);
    expect(types).toStrictEqual(['application/zip', 'application/x-ndjson', 'text/plain']);
  });

  test('may have any key that S3 accepts', async () => {
    const key = 'ü ?#%&+/a=b/.x..zip';
    await put(key, content(9 * MIB));
    expect([...server.objects.keys()]).toStrictEqual([key]);
  });

  test('of 10,000 parts has hundreds of gigabytes', () => {
    const sizes = Array.from({ length: 10_000 }, (_, index) => partBytes(index + 1));
    expect(sizes.slice(0, 1000).every((size) => size === PART_BYTES)).toBe(true);
    expect(Math.max(...sizes)).toBe(64 * MIB);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(450 * 1024 * MIB);
  });
});

describe('an export', () => {
  const entities = () => objects([{ id: 'a', type: 'product' }]);

  test('to an object is packed by its suffix, with the digest in the receipt', async () => {
    const destination = s3(`s3://${server.bucket}/out.ndjson`, server.options);
    const receipt = await exportEntities({ source: entities() }).to(destination);
    expect(server.objects.get('out.ndjson')?.bytes.toString()).toBe('{"id":"a","type":"product"}\n');
    expect(receipt.output.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('that fails midway leaves nothing, and reports why', async () => {
    const faulty = function* () {
      for (let i = 0; i < 60; i++) yield Buffer.from(`{"id":"${i}","type":"x","text":"${'y'.repeat(300_000)}"}\n`);
      yield Buffer.from('{"id":\n');
    };
    const destination = s3(`s3://${server.bucket}/out.ndjson`, server.options);
    await expect(exportEntities({ source: bytes(faulty()) }).to(destination)).rejects.toMatchObject({
      code: 'INVALID_JSON',
      recordIndex: 60,
    });
    expect(server.counts.UploadPart).toBeGreaterThan(0);
    expect([server.objects.size, server.uploads.size]).toStrictEqual([0, 0]);
  });

  test('that is aborted leaves nothing and ends its requests', async () => {
    const controller = new AbortController();
    server.hook = async ({ operation, number }) => {
      if (operation === 'UploadPart' && number === 2) controller.abort();
      return undefined;
    };
    const endless = async function* () {
      for (let i = 0; ; i++) yield Buffer.from(`{"id":"${i}","type":"x","text":"${'y'.repeat(300_000)}"}\n`);
    };
    const destination = s3(`s3://${server.bucket}/out.ndjson`, server.options);
    const exporting = exportEntities({ source: bytes(endless()), signal: controller.signal }).to(destination);
    await expect(exporting).rejects.toMatchObject({ code: 'ABORTED' });
    expect([server.objects.size, server.uploads.size]).toStrictEqual([0, 0]);
    expect(server.counts.AbortMultipartUpload).toBe(1);
  });

  test('that is aborted while the service is silent opens no object', async () => {
    const controller = new AbortController();
    server.hook = () => {
      setImmediate(() => controller.abort());
      return new Promise(() => {});
    };
    const destination = s3(`s3://${server.bucket}/out.ndjson`, server.options);
    const exporting = exportEntities({ source: bytes('{"id":"1"}\n'), signal: controller.signal }).to(destination);
    await expect(exporting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a failure', () => {
  test('of a part is reported after the upload was aborted', async () => {
    server.hook = async ({ operation, number }) =>
      operation === 'UploadPart' && number === 3 ? { status: 403, code: 'AccessDenied' } : undefined;
    await expect(put('a', content(60 * MIB))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      stage: 'write',
      path: `s3://${server.bucket}/a`,
    });
    expect([server.objects.size, server.uploads.size]).toStrictEqual([0, 0]);
  });

  test('of aborting the upload does not hide the first one', async () => {
    server.hook = async ({ operation, number }) => {
      if (operation === 'AbortMultipartUpload') return { status: 403, code: 'AccessDenied' };
      return operation === 'UploadPart' && number === 2 ? { status: 400, code: 'EntityTooLarge' } : undefined;
    };
    await expect(put('a', content(60 * MIB))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });

  test('of completing leaves nothing', async () => {
    server.hook = async ({ operation }) =>
      operation === 'CompleteMultipartUpload' ? { status: 400, code: 'InvalidPart' } : undefined;
    await expect(put('a', content(20 * MIB))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    expect([server.objects.size, server.uploads.size]).toStrictEqual([0, 0]);
  });

  test('that is temporary is retried by the SDK', async () => {
    server.hook = async ({ operation, nth }) =>
      operation === 'UploadPart' && nth === 1 ? { status: 503, code: 'SlowDown' } : undefined;
    await put('a', content(20 * MIB));
    expect(server.objects.get('a')?.bytes.equals(all(20 * MIB))).toBe(true);
  });

  test.each([
    ['PutObject', 5],
    ['CompleteMultipartUpload', 20 * MIB],
  ] as const)('of the connection after %s does not fail a commit whose object is stored', async (name, size) => {
    server.hook = async ({ operation, nth }) => (operation === name && nth === 1 ? 'lose' : undefined);
    await put('a', content(size));
    expect(server.counts[name]).toBe(2);
    expect(server.objects.get('a')?.bytes.equals(all(size))).toBe(true);
  });

  test('to reach the service names the object', async () => {
    await server.close();
    await expect(put('a', content(1))).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
      path: `s3://${server.bucket}/a`,
    });
    server = await startS3();
  });

  test('of access reveals no key', async () => {
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'very-secret' };
    const failure = await put('a', content(1), { credentials }).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(`${failure} ${JSON.stringify(failure)}`).not.toMatch(/nobody|very-secret/);
  });

  test('because of a missing bucket precedes any read', async () => {
    let read = false;
    const source = (function* () {
      read = true;
      yield Buffer.from('x');
    })();
    const destination = s3('s3://elsewhere/a', server.options);
    const output = Readable.from(source);
    await expect(deliver(output, destination, Promise.resolve())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'the bucket elsewhere does not exist',
    });
    if (!output.closed) await once(output, 'close');
    expect(read).toBe(false);
  });
});

describe('an existing object', () => {
  beforeEach(() => put('a', [Buffer.from('first')]));
  const held = () => server.objects.get('a')?.bytes.toString().slice(0, 5);

  test('is not replaced', async () => {
    await expect(put('a', content(1))).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(held()).toBe('first');
  });

  test('is replaced with overwrite, when the new one is complete', async () => {
    let seen: string | undefined;
    const watched = async function* () {
      yield* content(20 * MIB);
      seen = held();
    };
    await put('a', watched(), { overwrite: true });
    expect(seen).toBe('first');
    expect(server.objects.get('a')?.bytes.equals(all(20 * MIB))).toBe(true);
  });

  test.each([1, 20 * MIB])('that was created meanwhile is not replaced by %d bytes', async (size) => {
    const slow = async function* () {
      yield* content(size);
      await put('b', [Buffer.from('other')]);
    };
    await expect(put('b', slow())).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(server.objects.get('b')?.bytes.toString()).toBe('other');
    expect(server.uploads.size).toBe(0);
  });

  test('that was created meanwhile is found by a second check where the service has no conditions', async () => {
    await server.close();
    server = await startS3({ conditions: false });
    const slow = async function* () {
      yield Buffer.from('late');
      await put('b', [Buffer.from('other')]);
    };
    await expect(put('b', slow())).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(server.objects.get('b')?.bytes.toString()).toBe('other');
  });
});

test.each(['s3://bucket', 's3://bucket/', 's3://bucket/folder/', 'bucket/key'])('%s names no object', (url) => {
  expect(() => s3(url)).toThrow(expect.objectContaining({ code: 'INVALID' }));
});

test.each(['not a url', 'ftp://host', 'https://user:secret@host'])('refuses %s as an endpoint', async (endpoint) => {
  const opened = s3('s3://bucket/a', { endpoint }).open();
  await expect(opened).rejects.toMatchObject({ code: 'INVALID' });
  await expect(opened).rejects.not.toThrow(/secret/);
});

describe.skipIf(!S3)('with Swift', () => {
  test('writes an object in parts, does not replace it, and leaves nothing of a failed run', async () => {
    const { name, options } = await makeBucket();
    const { openBucket } = await import('../../../src/destinations/s3/open-bucket.js');
    const bucket = await openBucket(name, options, 'write');
    const send = (chunks: Iterable<Buffer>, key: string) =>
      deliver(Readable.from(chunks, { objectMode: false }), s3(`s3://${name}/${key}`, options), Promise.resolve());
    for (const size of [5, 20 * MIB + 1]) {
      await send(content(size), `of-${size}.bin`);
      const kept: Buffer[] = [];
      for await (const chunk of bucket.read({ key: `of-${size}.bin`, start: 0, end: size })) kept.push(chunk);
      expect(Buffer.concat(kept).equals(all(size))).toBe(true);
      await expect(send(content(1), `of-${size}.bin`)).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    }
    const failing = function* () {
      yield* content(30 * MIB);
      throw new Error('the source broke');
    };
    await expect(send(failing(), 'failed.bin')).rejects.toThrow('the source broke');
    for await (const upload of bucket.uploads('')) expect(upload).toBeUndefined();
    expect(await bucket.head('failed.bin')).toBeUndefined();
    await expect(bucket.head('of-5.bin')).resolves.toMatchObject({ bytes: 5 });
    bucket.close();
  });
});
