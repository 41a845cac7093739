/** The S3 store, with a server in this process: its contract, requests, keys and failures. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BlobOwner } from '../../src/results/blob-store.js';
import { requireStore } from '../../src/results/require-store.js';
import { openS3Store, type S3Store } from '../../src/results/s3-store.js';
import { blobStoreCases, numbered } from '../cases/blob-store.cases.js';
import { startS3, type TestS3 } from '../servers/s3-server.js';

const MIB = 1024 * 1024;
const NEVER = new AbortController().signal;

blobStoreCases('S3, in this process', async () => {
  // Short pages, so that every listing has several.
  const server = await startS3({ page: 2 });
  const url = `s3://${server.bucket}/some/prefix`;
  return {
    store: await openS3Store(url, server.options),
    other: await openS3Store(`${url}/`, server.options),
    dispose: () => server.close(),
  };
});

let server: TestS3;
let store: S3Store;
const owner: BlobOwner = { tenant: 'acme', job: randomUUID() };
beforeEach(async () => {
  server = await startS3({ page: 2 });
  store = await openS3Store(`s3://${server.bucket}/prefix`, server.options);
});
afterEach(() => server.close());

async function put(name: string, size: number, of = owner) {
  const writer = await store.create(of, name);
  await writer.write(numbered(size));
  return writer.commit();
}

async function lengthOf(part: { name: string; bytes: number }): Promise<number> {
  let bytes = 0;
  for await (const chunk of store.read(owner, [part])) bytes += chunk.length;
  return bytes;
}

test('reports a bucket that disappears until it is back', async () => {
  server.hook = ({ operation }) => (operation === 'HeadBucket' ? { status: 404, code: 'NoSuchBucket' } : undefined);
  const gone = { code: 'RESULTS_UNAVAILABLE', cause: { code: 'NOT_FOUND' } };
  await expect(requireStore(store)).rejects.toMatchObject(gone);
  await expect(requireStore(store)).rejects.toMatchObject(gone);
  server.hook = undefined;
  await requireStore(store);
});

test('checks the bucket once for any number of submissions', async () => {
  const before = server.counts.HeadBucket ?? 0;
  await Promise.all(Array.from({ length: 50 }, () => requireStore(store)));
  expect(server.counts.HeadBucket).toBe(before + 1);
});

test('uses keys with the tenant, the job and the epoch', async () => {
  await put('part-00000-e3', 1);
  await put('part-00000-e1', 1, { ...owner, tenant: 'a/../b ü' });
  expect([...server.objects.keys()]).toStrictEqual([
    `prefix/acme/${owner.job}/part-00000-e3`,
    `prefix/a.2f.2e.2e.2fb.20.c3.bc/${owner.job}/part-00000-e1`,
  ]);
});

test('ignores and keeps foreign objects in the bucket', async () => {
  const other = await openS3Store(`s3://${server.bucket}`, server.options);
  await other.create({ tenant: 'x', job: 'backups' }, 'y').then(async (writer) => writer.commit());
  await put('part-00000-e1', 1);
  for await (const found of store.jobs()) expect(found).toStrictEqual(owner);
  for await (const found of other.jobs()) expect(found).toBeUndefined();
});

test('reports a missing bucket when the store is opened', async () => {
  await expect(openS3Store('s3://elsewhere/x', server.options)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    stage: 'job',
  });
});

test('reads a part in one request, and uploads at most two pieces at a time', async () => {
  const part = await put('part-00000-e1', 60 * MIB);
  expect(server.mostParts).toBe(2);
  expect(await lengthOf(part)).toBe(60 * MIB);
  expect(server.counts.GetObject).toBe(1);
});

test('releases the connection when a reader stops, and opens no further part', async () => {
  const parts = [await put('part-00000-e1', 30 * MIB), await put('part-00001-e1', 1)];
  for await (const _ of store.read(owner, parts)) break;
  await expect.poll(() => server.sending).toBe(0);
  expect(server.counts.GetObject).toBe(1);
});

describe('reading', () => {
  test('resumes after a lost connection', async () => {
    const part = await put('part-00000-e1', 30 * MIB);
    server.hook = async ({ operation, nth }) => (operation === 'GetObject' && nth < 3 ? 'cut' : undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(owner, [part])) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(numbered(30 * MIB))).toBe(true);
    expect(server.counts.GetObject).toBe(3);
  });

  test('gives up without further bytes', { timeout: 120_000 }, async () => {
    const part = await put('part-00000-e1', 10);
    server.hook = async ({ operation }) => (operation === 'GetObject' ? 'drop' : undefined);
    await expect(lengthOf(part)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  });

  test('does not retry after a denied access', async () => {
    const part = await put('part-00000-e1', 10);
    server.hook = async ({ operation }) =>
      operation === 'GetObject' ? { status: 403, code: 'AccessDenied' } : undefined;
    await expect(lengthOf(part)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(server.counts.GetObject).toBe(1);
  });
});

describe('joining', () => {
  test('copies within the service; fetches only what is too small for a piece', async () => {
    const sizes = [6, 7, 1, 8, 20];
    const parts = [];
    for (const [index, size] of sizes.entries()) parts.push(await put(`part-0000${index}-e1`, size * MIB));
    const before = { ...server.counts };
    await store.joiner.finish(owner, parts, 'joined-00000-e1', NEVER);
    expect(server.counts.UploadPartCopy).toBe(3);
    // The part of 1 MiB, filled up from the next one; the rest of that, filled up from the last one.
    expect((server.counts.UploadPart ?? 0) - (before.UploadPart ?? 0)).toBe(2);
    expect(server.objects.get(`prefix/acme/${owner.job}/joined-00000-e1`)?.bytes.length).toBe(42 * MIB);
    expect(server.uploads.size).toBe(0);
  });

  test('aborts an upload that it has started if it fails', async () => {
    const parts = [await put('part-00000-e1', 6 * MIB), await put('part-00001-e1', 6 * MIB)];
    server.hook = async ({ operation, number }) =>
      operation === 'UploadPartCopy' && number === 2 ? { status: 501, code: 'NotImplemented' } : undefined;
    await expect(store.joiner.finish(owner, parts, 'joined-00000-e1', NEVER)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
    expect(server.uploads.size).toBe(0);
  });

  test('keeps an upload that was started before if it fails', async () => {
    const parts = [await put('part-00000-e1', 6 * MIB), await put('part-00001-e1', 6 * MIB)];
    const standing = await store.joiner.join(owner, parts.slice(0, 1), 'joined-00000-e1', NEVER);
    server.hook = async ({ operation }) => (operation === 'UploadPartCopy' ? 'drop' : undefined);
    await expect(store.joiner.join(owner, parts, standing ?? '', NEVER)).rejects.toMatchObject({
      code: 'SERVICE_FAILED',
    });
    server.hook = undefined;
    expect(await store.joiner.finish(owner, parts, standing ?? '', NEVER)).toMatchObject({ bytes: 12 * MIB });
  });
});

test('creates no presigned links if configured so', async () => {
  const silent = await openS3Store(`s3://${server.bucket}`, { ...server.options, presign: false });
  expect(silent.presign).toBeUndefined();
  expect(store.presign).toBeTypeOf('function');
});
