/** Request bodies: compressed, empty, too large after decompression; and headers that are not trusted. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bearerTokens, sluiceHttp } from '../../src/http.js';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };
const JSON_BODY = { 'content-type': 'application/json' };

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, bodyLimit: 2_000 });
});
afterEach(() => server.app.close());

const sent = (payload: Buffer, coding: string) =>
  server.ask({
    method: 'POST',
    url: DOWNLOAD,
    headers: { ...JSON_BODY, 'content-encoding': coding, prefer: 'respond-async' },
    payload,
  });

describe('a compressed body', () => {
  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('in %s is read', async (coding, pack) => {
    expect((await sent(pack(JSON.stringify(BODY)), coding)).statusCode).toBe(202);
    expect((await server.get(`/jobs/${jobs.newest}`)).json().request).toStrictEqual(BODY);
  });

  test('must not exceed the limit after decompression', async () => {
    const bomb = gzipSync(JSON.stringify({ ...BODY, clientState: 'x'.repeat(1_000_000) }));
    expect(bomb.length).toBeLessThan(2_000);
    expect((await sent(bomb, 'gzip')).statusCode).toBe(413);
  });

  test('that is damaged or truncated is refused', async () => {
    const whole = gzipSync(JSON.stringify(BODY));
    for (const payload of [whole.subarray(0, -9), Buffer.from('no gzip at all')]) {
      const answer = await sent(payload, 'gzip');
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain('the body is not gzip: ');
    }
  });

  test('in an unknown coding is refused with the list of supported ones', async () => {
    const answer = await sent(Buffer.from('x'), 'compress');
    expect(answer.statusCode).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('gzip, deflate, br');
  });
});

test('accepts a DELETE with a content type and without a body', async () => {
  await server.post(DOWNLOAD, BODY, { prefer: 'respond-async' });
  const answer = await server.ask({ method: 'DELETE', url: `/jobs/${jobs.newest}`, headers: JSON_BODY });
  expect(answer.statusCode).toBe(200);
});

describe('links', () => {
  const linkOf = async (options: { publicUrl?: string; trustProxy?: string }, headers: Record<string, string>) => {
    const { publicUrl, trustProxy = false } = options;
    const app = fastify({ trustProxy });
    await app.register(sluiceHttp, {
      jobs,
      authenticate: bearerTokens(new Map([[ACME, 'acme']])),
      prefix: '/v1',
      publicUrl,
    });
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    try {
      await server.post(DOWNLOAD, BODY, { prefer: 'respond-async' });
      const answer = await app.inject({
        method: 'POST',
        url: `/v1/jobs/${jobs.newest}/links`,
        headers: { authorization: `Bearer ${ACME}`, ...headers },
      });
      const overNetwork = await fetch(`${origin}/v1/jobs/${jobs.newest}/links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ACME}`, ...headers },
      });
      const { href } = (await overNetwork.json()) as { href: string };
      return { injected: String(answer.json().href), href, origin };
    } finally {
      await app.close();
    }
  };
  const FORGED = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' };

  test('use the public address with its path, if one is configured', async () => {
    const { href, injected } = await linkOf({ publicUrl: 'https://export.example/data/' }, FORGED);
    expect(href).toMatch(/^https:\/\/export\.example\/data\/links\//);
    expect(injected).toMatch(/^https:\/\/export\.example\/data\/links\//);
  });

  test('use the address of the connection, whatever the Host header', async () => {
    const { href, origin } = await linkOf({}, { ...FORGED, host: 'evil.example' });
    expect(href.startsWith(`${origin}/v1/links/`)).toBe(true);
  });

  test('use the address that a trusted proxy states', async () => {
    const { href } = await linkOf({ trustProxy: '127.0.0.1' }, { ...FORGED, 'x-forwarded-host': 'export.example' });
    expect(href).toMatch(/^https:\/\/export\.example\/v1\/links\//);
  });

  test('do not use the address that an untrusted proxy states', async () => {
    const { href, origin } = await linkOf({ trustProxy: '192.0.2.9' }, FORGED);
    expect(href.startsWith(`${origin}/v1/links/`)).toBe(true);
  });
});

describe('options', () => {
  test.each([
    [{ waitMS: 3 }, 'waitMS'],
    [{ waitMs: 2 ** 31 }, 'waitMs'],
    [{ bodyLimit: 0 }, 'bodyLimit'],
    [{ publicUrl: 'export.example' }, 'publicUrl'],
    [{ publicUrl: 'https://export.example/?a=b' }, 'publicUrl'],
    [{ rateLimit: { max: 3, window: 1 } }, 'rateLimit.window'],
    [{ connections: { perAddress: 0 } }, 'connections.perAddress'],
    [{ authenticate: 'all' }, 'authenticate'],
  ])('%j are refused when the plugin is registered', async (options, path) => {
    const app = fastify();
    const registered = app.register(sluiceHttp, { jobs, authenticate: 'none', ...options } as never);
    await expect(registered).rejects.toMatchObject({ path });
    await app.close();
  });
});
