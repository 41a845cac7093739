/** Large files behind http addresses: their parts come over several connections, and are the file. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { type HttpFilesOptions, httpFiles } from '../../src/places/http-files.js';
import { type FileAnswers, type FileServer, openFileServer } from '../servers/file-server.js';
import { exported } from '../sources/outcome.js';

let servers: FileServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

const MIB = 1024 * 1024;
const LINES = Buffer.from(
  Array.from(
    { length: 22 },
    (_, number) => `{"id":"${number}","text":"${String(number).padEnd(MIB - 23, 'x')}"}\n`,
  ).join(''),
);
const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex');

async function outcome(changes: Partial<FileAnswers> = {}, options: HttpFilesOptions = {}, content = LINES) {
  const server = await openFileServer(content, { offersRanges: true, ...changes });
  servers.push(server);
  const source = httpFiles(server.url, { retry: { retries: 5, wait: async () => {} }, ...options });
  const { output, error, receipt } = await exported({ source, format: 'ndjson' });
  const ranges = server.requests.map(({ headers }) => headers.range);
  return { isWhole: digest(Buffer.from(output)) === digest(LINES), error, receipt, ranges, server };
}

test('what follows the first 4 MiB comes in parts, each requested once and only of this version', async () => {
  const { isWhole, ranges, receipt, server } = await outcome();
  expect(isWhole).toBe(true);
  expect(receipt?.bytesIn).toBe(LINES.length);
  expect(ranges[0]).toBeUndefined();
  const parts = ranges.slice(1).map(
    (range) =>
      /^bytes=(\d+)-(\d+)$/
        .exec(range ?? '')
        ?.slice(1)
        .map(Number) ?? [],
  );
  const inOrder = parts.sort(([a], [b]) => a - b);
  expect(inOrder[0][0]).toBeGreaterThanOrEqual(4 * MIB);
  for (const [index, [start, end]] of inOrder.entries()) {
    expect(end - start).toBeLessThan(4 * MIB);
    if (index > 0) expect(start).toBe(inOrder[index - 1][1] + 1);
  }
  expect(inOrder.at(-1)?.[1]).toBe(LINES.length - 1);
  expect(server.requests.slice(1).every(({ headers }) => headers['if-range'] === '"1"')).toBe(true);
});

test.each<[string, Partial<FileAnswers>, HttpFilesOptions]>([
  ['with one connection', {}, { connections: 1 }],
  ['where the server offers no ranges', { offersRanges: false }, {}],
  ['where nothing tells whether it is the same', { etag: undefined }, {}],
  ['where the server states no size', { chunked: true }, {}],
])('comes over one connection %s', async (_where, changes, options) => {
  const { isWhole, ranges } = await outcome(changes, options);
  expect(isWhole).toBe(true);
  expect(ranges).toEqual([undefined]);
});

test('comes over one connection from where the server sends all of it in place of a part', async () => {
  const { isWhole, receipt } = await outcome({ ignoresRanges: true });
  expect(isWhole).toBe(true);
  expect(receipt?.bytesIn).toBe(LINES.length);
});

test('parts that are cut off continue where they were cut', async () => {
  const { isWhole, ranges } = await outcome({ cutAfter: 3 * MIB }, { connections: 3 });
  expect(isWhole).toBe(true);
  expect(ranges.length).toBeGreaterThan(8);
});

test('parts of a gzip file are decompressed as one', async () => {
  const { isWhole, ranges } = await outcome({}, {}, gzipSync(LINES, { level: 0 }));
  expect(isWhole).toBe(true);
  expect(ranges.length).toBeGreaterThan(3);
});

test.each<[string, Partial<FileAnswers>, string]>([
  ['was replaced', { etag: '"2"' }, 'SOURCE_CHANGED'],
  ['is gone', { statuses: [404, 404, 404, 404, 404, 404] }, 'NOT_FOUND'],
  ['is stated elsewhere', { liesBy: 10 }, 'SERVICE_FAILED'],
])('a file that %s between two parts is a fault', async (_what, later, code) => {
  const onRequest = (range: string | undefined) => {
    if (range !== undefined) Object.assign(server.answers, later);
  };
  const server = await openFileServer(LINES, { offersRanges: true, onRequest });
  servers.push(server);
  const source = httpFiles(server.url, { retry: { retries: 1, wait: async () => {} } });
  const { error } = await exported({ source, format: 'ndjson' });
  expect(error).toMatchObject({ code, stage: 'read' });
  expect(error?.message).toContain(server.url);
});

test('a limit leaves all connections', async () => {
  const server = await openFileServer(LINES, { offersRanges: true });
  servers.push(server);
  const { receipt } = await exported({ source: httpFiles(server.url), format: 'ndjson', request: { maxRecords: 6 } });
  expect(receipt?.written).toBe(6);
});
