/** The files of a result: ranges, validators, digests, names. */
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { CONTENT, FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };
const SHA256 = createHash('sha256').update(CONTENT).digest();
const ETAG = `"${SHA256.toString('hex')}"`;
const LAST = CONTENT.length - 1;

let jobs: FakeJobs;
let server: CheckedServer;
let url: string;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs });
  url = await submit();
});
afterEach(() => server.app.close());

const submit = async () => {
  await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  return (await server.get(`/jobs/${jobs.newest}`)).json().files[0]?.href;
};

const PROOF = {
  etag: ETAG,
  'repr-digest': `sha-256=:${SHA256.toString('base64')}:`,
  'accept-ranges': 'bytes',
  'cache-control': 'private, no-store, no-transform',
  'x-content-type-options': 'nosniff',
  'content-disposition': `attachment; filename="_ \\"export\\".zip"; filename*=UTF-8''%C3%BC%20%22export%22.zip`,
  expires: 'Tue, 01 Jan 2030 00:00:00 GMT',
};

test('returns the complete file with its digest', async () => {
  const answer = await server.get(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({
    ...PROOF,
    'content-type': 'application/zip',
    'content-length': String(CONTENT.length),
  });
  expect(answer.rawPayload).toStrictEqual(CONTENT);
});

test('returns the same headers for HEAD, without reading the file', async () => {
  const answer = await server.ask({ method: 'HEAD', url });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({ ...PROOF, 'content-length': String(CONTENT.length) });
  expect(answer.rawPayload).toHaveLength(0);
  expect(jobs.streams).toHaveLength(0);
});

describe('Range', () => {
  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=10-', 10, LAST],
    ['bytes=-5', LAST - 4, LAST],
    ['bytes=-999', 0, LAST],
    ['bytes=30-999', 30, LAST],
    ['Bytes=1-2', 1, 2],
  ])('%s returns a part', async (range, start, end) => {
    const answer = await server.get(url, { range });
    expect(answer.statusCode).toBe(206);
    expect(answer.headers).toMatchObject({
      ...PROOF,
      'content-range': `bytes ${start}-${end}/${CONTENT.length}`,
      'content-length': String(end - start + 1),
    });
    expect(answer.rawPayload).toStrictEqual(CONTENT.subarray(start, end + 1));
  });

  test.each([`bytes=${LAST + 1}-`, 'bytes=-0', 'bytes=99-100'])('%s is beyond the end', async (range) => {
    const answer = await server.get(url, { range });
    expect(answer.statusCode).toBe(416);
    expect(answer.headers['content-range']).toBe(`bytes */${CONTENT.length}`);
    expect(answer.headers['content-disposition']).toBeUndefined();
    expect(answer.json().status).toBe(416);
    expect(jobs.streams).toHaveLength(0);
  });

  test.each(['bytes=0-1,5-6', 'bytes=0-1, 99-', 'bytes=x-y', 'bytes=', 'bytes=-', 'lines=1-2', 'bytes'])(
    '%s is ignored: the complete file is returned',
    async (range) => {
      const answer = await server.get(url, { range });
      expect(answer.statusCode).toBe(200);
      expect(answer.rawPayload).toStrictEqual(CONTENT);
    },
  );

  test('resumes a broken download if the file is unchanged', async () => {
    const same = await server.get(url, { range: 'bytes=10-', 'if-range': ETAG });
    expect(same.statusCode).toBe(206);
    for (const stale of ['"another"', `W/${ETAG}`, 'Tue, 01 Jan 2030 00:00:00 GMT']) {
      const answer = await server.get(url, { range: 'bytes=10-', 'if-range': stale });
      expect(answer.statusCode).toBe(200);
      expect(answer.rawPayload).toStrictEqual(CONTENT);
    }
  });
});

test.each([
  [ETAG, 304],
  [`W/${ETAG}`, 304],
  ['*', 304],
  [`"other", ${ETAG}`, 304],
  ['"other"', 200],
])('handles If-None-Match: %s', async (tags, status) => {
  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await server.ask({ method, url, headers: { 'if-none-match': tags } });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers.etag).toBe(ETAG);
  }
});

test.each([
  [ETAG, 200],
  ['*', 200],
  [`"other", ${ETAG}`, 200],
  [`W/${ETAG}`, 412],
  ['"other"', 412],
])('handles If-Match: %s', async (tags, status) => {
  for (const method of ['GET', 'HEAD'] as const) {
    const answer = await server.ask({ method, url, headers: { 'if-match': tags, range: 'bytes=0-0' } });
    expect(answer.statusCode).toBe(method === 'GET' && status === 200 ? 206 : status);
    expect(answer.headers.etag).toBe(status === 200 ? ETAG : undefined);
  }
});

test.each([
  ['../../etc/passwd', '"passwd"'],
  ['a\r\nset-cookie: x=1.zip', '"a??set-cookie: x=1.zip"'],
])('encodes the name %j in its header', async (name, expected) => {
  jobs.fileName = name;
  const href = await submit();
  const answer = await server.get(href);
  if (answer.statusCode === 200) expect(answer.headers['content-disposition']).toContain(expected);
  else expect(answer.json().code).toBe('NO_SUCH_FILE');
  expect(answer.headers['set-cookie']).toBeUndefined();
});

test('finds names longer than a parameter of Fastify', async () => {
  jobs.fileName = `${'綿'.repeat(60)}.zip`;
  const answer = await server.get(await submit());
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-disposition']).toContain("filename*=UTF-8''");
});

test.each([
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e',
  '..%5c..%5cwin.ini',
  'a%00b',
  '',
  'x'.repeat(5000),
  'nothing.zip',
  'a/b',
])('finds no file for %s', async (name) => {
  const answer = await server.get(`/jobs/${jobs.newest}/files/${name}`);
  expect(answer.statusCode).toBe(404);
});

test('refuses the file of an expired result', async () => {
  jobs.end(jobs.newest, 'expired');
  expect((await server.get(url)).statusCode).toBe(410);
});

describe('a failed read', () => {
  test('before the first byte is a problem, without headers of the file', async () => {
    jobs.breakAfter = 0;
    const answer = await server.get(url, { range: 'bytes=1-5' });
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe('READ_FAILED');
    expect(answer.body).not.toContain('secret');
    for (const name of ['etag', 'content-range', 'content-disposition', 'repr-digest']) {
      expect(answer.headers[name]).toBeUndefined();
    }
  });

  test('is a refusal of one more download than a tenant may have open, until one has ended', async () => {
    const strict = await openServer({ jobs, maxDownloads: 1 });
    jobs.slow = true;
    await strict.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = strict.app.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${ACME}` };
    const leaving = new AbortController();
    const { signal } = leaving;
    const slow = await fetch(`http://127.0.0.1:${port}/jobs/${jobs.newest}/result`, { headers, signal });
    expect(slow.status).toBe(200);
    const refused = await strict.get(url);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'TOO_MANY_REQUESTS', detail: 'more than 1 open downloads' });
    leaving.abort();
    await expect.poll(async () => (await strict.get(url)).statusCode).toBe(200);
    strict.app.server.closeAllConnections();
    await strict.app.close();
  });

  test('after the first byte cuts the connection, so that the file is known to be incomplete', async () => {
    jobs.breakAfter = 1;
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${ACME}` };
    for (const path of [url, `/jobs/${jobs.newest}/result`]) {
      if (path !== url) jobs.slow = true;
      const read = async () => (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).arrayBuffer();
      await expect(read()).rejects.toThrow();
    }
    server.app.server.closeAllConnections();
  });
});
