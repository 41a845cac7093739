/** Files by link: a link opens one file for a limited time, and its signature is in no log. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fastify, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sluiceHttp } from '../../src/http.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { type CheckedServer, openServer } from './checked-server.js';

let folder = '';
let time = 0;
let jobs: Jobs;
let server: CheckedServer;
let link: URL;
let id = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-links-'));
  const source = join(folder, 'source');
  await writeFile(source, '{"id":"a","type":"product"}\n');
  time = Date.now();
  jobs = await openJobs({ dataDir: join(folder, 'data'), source, now: () => time, plan: { pack: 'none' } });
  server = await openServer({ jobs });
  id = await made('acme');
  link = new URL((await server.post(`/jobs/${id}/links`, {})).json().href);
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function made(tenant: string): Promise<string> {
  const { job } = await jobs.forTenant(tenant).submit({ request: { fileName: 'out' } });
  return (await jobs.forTenant(tenant).waitFor(job.id, { timeoutMs: 60_000 })).id;
}

/** Sends a request without a token. */
const ask = (url: string | URL, options: InjectOptions = {}) => {
  const path = typeof url === 'string' ? url : `${url.pathname}${url.search}`;
  return server.ask({ method: 'GET', ...options, url: path, headers: { authorization: '', ...options.headers } });
};

function changed(change: (link: URL) => void): URL {
  const other = new URL(link);
  change(other);
  return other;
}

test('serves the file by its link, also ranges, to GET and HEAD', async () => {
  const whole = await ask(link);
  expect(whole.statusCode).toBe(200);
  expect(whole.body).toBe('{"entities":[{"id":"a","type":"product"}]}');
  expect(whole.headers).toMatchObject({
    'cache-control': 'private, no-store, no-transform',
    'content-disposition': 'attachment; filename="out.json"',
    'content-type': expect.stringContaining('application/json'),
    'accept-ranges': 'bytes',
  });
  const part = await ask(link, { headers: { range: 'bytes=2-9', 'if-range': String(whole.headers.etag) } });
  expect([part.statusCode, part.body]).toStrictEqual([206, 'entities']);
  const head = await ask(link, { method: 'HEAD' });
  expect([head.statusCode, head.headers['content-length']]).toStrictEqual([200, String(whole.body.length)]);
  expect((await ask(link, { headers: { range: 'bytes=999-' } })).statusCode).toBe(416);
});

describe('a link opens nothing else', () => {
  const forged: readonly [string, (link: URL) => void][] = [
    ['of another file', (one) => (one.pathname = one.pathname.replace('out.json', 'out.zip'))],
    ['of another job', (one) => (one.pathname = one.pathname.replace(/[0-9a-f]{12}/, '000000000000'))],
    ['of what is no job', (one) => (one.pathname = '/links/x/files/out.json')],
    ['of a longer life', (one) => one.searchParams.set('expires', '9999999999')],
    ['of no time', (one) => one.searchParams.delete('expires')],
    ['of a time in other words', (one) => one.searchParams.set('expires', '1e12')],
    ['without a signature', (one) => one.searchParams.delete('signature')],
    ['with another signature', (one) => one.searchParams.set('signature', 'A'.repeat(43))],
    ['with two of them', (one) => one.searchParams.append('signature', 'x')],
  ];
  test.each(forged)('and is not found if it is %s, without any hint at its owner', async (_, change) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await ask(changed(change), { method });
      expect(answer.statusCode).toBe(404);
      expect(answer.headers['cache-control']).toBe('no-store');
      if (method === 'HEAD') continue;
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ code: 'NO_SUCH_FILE', detail: 'the link is invalid or has expired' });
      expect(answer.body).not.toContain('acme');
    }
  });

  test("by a tenant's signature of another tenant's job", async () => {
    const other = await made('other');
    expect((await ask(changed((one) => (one.pathname = one.pathname.replace(id, other))))).statusCode).toBe(404);
  });

  test('and is refused with further parameters', async () => {
    const answer = await ask(changed((one) => one.searchParams.set('download', 'yes')));
    expect([answer.statusCode, answer.json().code]).toStrictEqual([400, 'UNKNOWN_KEY']);
  });

  test('and is not a token for other routes', async () => {
    const { search } = link;
    for (const path of [`/jobs/${id}`, `/jobs/${id}/files/out.json`, `/jobs/${id}/result`]) {
      expect((await ask(`${path}${search}`)).statusCode).toBe(401);
    }
    for (const path of ['/links', '/links/', `/links/${id}`, `/links/${id}/files/`]) {
      expect((await ask(`${path}${search}`)).statusCode).toBe(404);
    }
    const posted = await server.app.inject({ method: 'POST', url: `${link.pathname}${search}` });
    expect(posted.statusCode).toBe(405);
  });
});

test('refuses a link after its lifetime', async () => {
  const expires = Number(link.searchParams.get('expires')) * 1000;
  expect(expires).toBeGreaterThan(time + 59 * 60_000);
  time = expires - 1;
  expect((await ask(link)).statusCode).toBe(200);
  time = expires;
  expect((await ask(link)).statusCode).toBe(404);
});

test('refuses a link after its job was deleted', async () => {
  await jobs.forTenant('acme').cancel(id);
  expect((await ask(link)).json()).toMatchObject({ status: 404, code: 'NO_SUCH_FILE' });
});

test('limits a link to the configured lifetime and to that of the result', async () => {
  for (const [linkMs, resultTtlMs, lives] of [
    [5000, 60_000, 5],
    [60_000, 5000, 5],
  ]) {
    const source = join(folder, 'source');
    const other = await openJobs({
      dataDir: join(folder, `data-${linkMs}`),
      source,
      now: () => time,
      linkTtlMs: linkMs,
      resultTtlMs,
    });
    const tenant = other.forTenant('acme');
    const job = await tenant.waitFor((await tenant.submit({ request: {} })).job.id, { timeoutMs: 60_000 });
    const { kind, expiresAt } = await tenant.createLink(job.id, job.files[0].name);
    expect([kind, expiresAt]).toStrictEqual(['signed', Math.floor(time / 1000 + lives) * 1000]);
    await other.close();
  }
});

test('accepts a link after a restart', async () => {
  await jobs.close();
  jobs = await openJobs({ dataDir: join(folder, 'data'), source: join(folder, 'source'), now: () => time });
  await server.app.close();
  server = await openServer({ jobs });
  expect((await ask(link)).statusCode).toBe(200);
});

test('does not log the signature of a link', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(line, _encoding, callback) {
      lines.push(String(line));
      callback();
    },
  });
  const app = fastify({ logger: { level: 'trace', stream } });
  await app.register(sluiceHttp, { jobs, authenticate: () => ({ tenant: 'acme' }) });
  const signature = link.searchParams.get('signature') ?? '';
  expect((await app.inject(`${link.pathname}${link.search}`)).statusCode).toBe(200);
  expect((await app.inject(`${link.pathname}${link.search}&x=1`)).statusCode).toBe(400);
  await app.close();
  expect(lines.filter((line) => line.includes('/links/')).length).toBeGreaterThan(1);
  expect(lines.filter((line) => line.includes(signature))).toStrictEqual([]);
});

test('counts forged links of an address like wrong tokens', async () => {
  const { app, ask: asks } = await openServer({ jobs, rateLimit: { max: 2, windowMs: 60_000 } });
  const bad = { url: `/links/${id}/files/out.json?expires=1&signature=x`, headers: { authorization: '' } };
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await asks(bad)).statusCode);
  expect(statuses).toStrictEqual([404, 404, 429]);
  expect((await asks({ url: `${link.pathname}${link.search}`, headers: { authorization: '' } })).statusCode).toBe(200);
  await app.close();
});

test('accepts links on this machine only if there is no authentication', async () => {
  const { app } = await openServer({ jobs, authenticate: 'none' });
  const url = `${link.pathname}${link.search}`;
  expect((await app.inject({ url, headers: { host: 'evil.example' } })).statusCode).toBe(401);
  expect((await app.inject({ url, headers: { host: 'localhost:80' } })).statusCode).toBe(200);
  await app.close();
});
