/** Files behind http addresses: what is cut off continues in the same file, or the export fails. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { interruptedExport } from '../../src/export/interrupted-export.js';
import { planExport } from '../../src/export/plan-export.js';
import { exportResumably } from '../../src/export/resumable-export.js';
import { exportEntities } from '../../src/export/run-export.js';
import { type HttpFilesOptions, httpFiles } from '../../src/places/http-files.js';
import { SILENT } from '../../src/terms/logger.js';
import { hasZstd, ZSTD_COMPRESS, zstdCall } from '../../src/zstd/node-zstd.js';
import { spawnSync } from '../run-sync.js';
import type { FileAnswers, FileServer } from '../servers/file-server.js';
import { openFileServer } from '../servers/file-server.js';
import { exported, refusalOf } from '../sources/outcome.js';

let servers: FileServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

async function serve(content: string | Buffer, changes: Partial<FileAnswers> = {}): Promise<FileServer> {
  const server = await openFileServer(content, changes);
  servers.push(server);
  return server;
}

const LINES = Array.from({ length: 30_000 }, (_, index) => `{"id":"e${index * 7919}"}\n`).join('');
const QUICK: HttpFilesOptions = { retry: { retries: 5, wait: async () => {} } };
const read = (url: string, options: HttpFilesOptions = {}) =>
  exported({ source: httpFiles(url, { ...QUICK, ...options }), format: 'ndjson' });
const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('a file is read', () => {
  test.each<[string, string | Buffer, Partial<FileAnswers>]>([
    ['plain', LINES, {}],
    ['gzip', gzipSync(LINES), {}],
    ['without a length', LINES, { chunked: true }],
    ['gzip that the server declares as encoding', gzipSync(LINES), { headers: { 'content-encoding': 'gzip' } }],
    ['without ETag and date', LINES, { etag: undefined }],
  ])('%s', async (_how, content, changes) => {
    const server = await serve(content, changes);
    const { output, receipt, error } = await read(server.url);
    expect(error).toBeUndefined();
    expect(digest(output)).toBe(digest(LINES));
    expect(receipt?.bytesIn).toBe(Buffer.from(content).length);
    expect(server.requests).toHaveLength(1);
  });

  test.runIf(hasZstd())('in Zstandard, also as encoding, and though it is cut off', async () => {
    const content = await zstdCall(ZSTD_COMPRESS, Buffer.from(LINES), {});
    for (const changes of [{}, { headers: { 'content-encoding': 'zstd' } }, { cutAfter: 20_000 }]) {
      const server = await serve(content, changes);
      const { output, receipt, error } = await read(server.url.replace('.ndjson', '.ndjson.zst'));
      expect(error).toBeUndefined();
      expect(digest(output)).toBe(digest(LINES));
      expect(receipt?.bytesIn).toBe(content.length);
    }
  });

  test('by its address in place of a path, in a row with others', async () => {
    const server = await serve(LINES);
    const { output } = await exported({ source: [server.url, server.url], format: 'ndjson' });
    expect(digest(output)).toBe(digest(LINES + LINES));
  });

  test('after redirects, without headers for other hosts', async () => {
    const server = await serve(LINES);
    const other = server.url.replace('127.0.0.1', 'localhost');
    const first = await serve('', { statuses: [302], headers: { location: other } });
    const { output } = await read(first.url, { headers: { authorization: 'Bearer secret-1' } });
    expect(digest(output)).toBe(digest(LINES));
    expect(first.requests[0].headers.authorization).toBe('Bearer secret-1');
    expect(server.requests[0].headers.authorization).toBeUndefined();
  });

  test('when the server recovers', async () => {
    const server = await serve(LINES, { statuses: [503, 429, 500] });
    expect((await read(server.url)).error).toBeUndefined();
  });
});

describe('what is cut off', () => {
  test.each<[string, Partial<FileAnswers>]>([
    ['by its ETag', {}],
    ['by its date', { etag: undefined, lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' }],
    ['by its date where the ETag is weak', { etag: 'W/"1"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' }],
  ])('continues %s', async (_how, changes) => {
    const server = await serve(LINES, { cutAfter: 100_000, ...changes });
    const { output, error, receipt } = await read(server.url);
    expect(error).toBeUndefined();
    expect(digest(output)).toBe(digest(LINES));
    expect(receipt?.bytesIn).toBe(LINES.length);
    expect(server.requests.length).toBeGreaterThan(4);
    expect(server.requests[1].headers.range).toMatch(/^bytes=\d+-$/);
  });

  test('continues in gzip too', async () => {
    const content = gzipSync(LINES, { level: 0 });
    const server = await serve(content, { cutAfter: 70_001 });
    expect(digest((await read(server.url)).output)).toBe(digest(LINES));
  });

  test('comes again from the beginning where the server ignores ranges', async () => {
    const server = await serve(LINES, { ignoresRanges: true, cutAfter: 300_000 });
    const wait = async () => void Object.assign(server.answers, { cutAfter: undefined });
    const reading = httpFiles(server.url, { retry: { wait } });
    expect(digest((await exported({ source: reading, format: 'ndjson' })).output)).toBe(digest(LINES));
  });

  test.each<[string, Partial<FileAnswers>, Partial<FileAnswers>, string]>([
    ['if the ETag has changed', {}, { etag: '"2"' }, 'SOURCE_CHANGED'],
    ['if the size has changed', {}, { content: Buffer.from(`${LINES}{}`) }, 'SOURCE_CHANGED'],
    ['if the date has changed', { etag: undefined, lastModified: 'a' }, { lastModified: 'b' }, 'SOURCE_CHANGED'],
    ['if the server lies about the range', {}, { liesBy: 10 }, 'SERVICE_FAILED'],
    ['if the server says neither ETag nor date', { etag: undefined }, {}, 'SERVICE_FAILED'],
    ['if the file is gone', {}, { statuses: [404] }, 'NOT_FOUND'],
    ['if it is cut off again and again at once', {}, { cutAfter: 0 }, 'SERVICE_FAILED'],
    ['if it is cut off again and again after a few bytes', {}, { cutAfter: 100 }, 'SERVICE_FAILED'],
  ])('is a fault %s', async (_when, changes, later, code) => {
    const server = await serve(LINES, { cutAfter: 100_000, ...changes });
    const after = () => void Object.assign(server.answers, later);
    const source = httpFiles(server.url, { retry: { retries: 3, wait: async () => after() } });
    const { error } = await exported({ source, format: 'ndjson' });
    expect(error).toMatchObject({ code, stage: 'read' });
    expect(error?.message).toContain(server.url);
  });
});

describe('is refused:', () => {
  test.each([
    [401, 'PERMISSION_DENIED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [410, 'NOT_FOUND'],
    [418, 'SERVICE_FAILED'],
  ])('status %i', async (status, code) => {
    const server = await serve(LINES, { statuses: [status] });
    expect((await read(server.url)).error).toMatchObject({ code, source: server.url });
    expect(server.requests).toHaveLength(1);
  });

  test('an encoding that was not asked for', async () => {
    const server = await serve(LINES, { headers: { 'content-encoding': 'br' } });
    expect((await read(server.url)).error).toMatchObject({ code: 'UNSUPPORTED_INPUT' });
  });

  test('an address with a password, and other schemes', async () => {
    for (const address of ['https://me:secret@host/x', 'ftp://host/x', 'nothing']) {
      const error = await refusalOf(() => httpFiles(address));
      expect(error).toMatchObject({ code: 'INVALID', path: 'source' });
      expect(error.message).not.toContain('secret');
    }
  });

  test('a host that is not there, after the retries', async () => {
    let retries = 0;
    const wait = async () => void retries++;
    const { error } = await read('http://127.0.0.1:1/x', { retry: { retries: 2, wait } });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED' });
    expect(retries).toBe(2);
  });

  test('silence', async () => {
    const server = await serve(LINES);
    server.answers.content = Buffer.alloc(0);
    const { error } = await read('http://127.0.0.1:1/x', { timeoutMs: 1, retry: { retries: 0 } });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED' });
  });
});

test('secrets of an address and headers are in no message', async () => {
  const server = await serve(LINES, { statuses: [403] });
  const { error } = await read(`${server.url}?signature=secret-2`, { headers: { 'x-key': 'secret-3' } });
  expect(server.requests[0].url).toContain('secret-2');
  expect(`${error?.message} ${JSON.stringify(error)}`).not.toContain('secret');
});

test('a file that is missing among others is set aside on request', async () => {
  const [good, missing] = [await serve(LINES), await serve('', { statuses: [404] })];
  const source = httpFiles([missing.url, good.url], QUICK);
  const { receipt } = await exported({ source, format: 'ndjson', onError: 'skip-file' });
  expect(receipt).toMatchObject({ read: 30_000, setAside: { files: 1, first: [{ code: 'NOT_FOUND' }] } });
});

test('an interrupted export continues in the file, if it is the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-http-'));
  const path = join(folder, 'out.ndjson');
  const server = await serve(LINES, { cutAfter: 400_000 });
  const attempt = async () => {
    const before = await interruptedExport(path, false);
    const plan = planExport({ id: 'x', now: 0 }, { destination: path });
    const source = httpFiles(server.url, { retry: { retries: 0 } });
    const { signal } = new AbortController();
    return exportResumably(
      { source, plan, path, overwrite: false, now: 0, signal, logger: SILENT, everyMs: 0 },
      before,
    );
  };
  try {
    await expect(attempt()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    server.answers.cutAfter = undefined;
    server.answers.etag = '"2"';
    await expect(attempt()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    server.answers.etag = '"1"';
    await attempt();
    expect(digest(await readFile(path))).toBe(digest(LINES));
    expect(server.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a limit leaves the connection', async () => {
  const server = await serve(LINES.repeat(20));
  const source = httpFiles(server.url);
  const { receipt } = await exported({ source, format: 'ndjson', request: { maxRecords: 1 } });
  expect(receipt?.written).toBe(1);
});

test.skipIf(spawnSync('openssl', ['version']).status !== 0)(
  'a certificate that is not trusted is told, without retries',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const made = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert];
    expect(spawnSync('openssl', ['req', ...made]).status).toBe(0);
    const tls = createServer({ key: await readFile(key), cert: await readFile(cert) }).listen(0, '127.0.0.1');
    await new Promise((resolve) => tls.once('listening', resolve));
    const { port } = tls.address() as AddressInfo;
    let retries = 0;
    const wait = async () => void retries++;
    const { error } = await read(`https://127.0.0.1:${port}/x`, { retry: { wait } });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED' });
    expect(error?.message).toMatch(/its certificate is not accepted: .*SELF_SIGNED.*NODE_EXTRA_CA_CERTS/);
    expect(retries).toBe(0);
    await new Promise((resolve) => tls.close(resolve));
    await rm(folder, { recursive: true });
  },
);

test('exportEntities takes an address as its source', async () => {
  const server = await serve('{"id":"1"}\n');
  const buffer = await exportEntities({ source: new URL(server.url), format: 'ndjson' }).toBuffer();
  expect(buffer.toString()).toBe('{"id":"1"}\n');
});
