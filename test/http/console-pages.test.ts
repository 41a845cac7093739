/** The files of the console as they are served. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { consoleFolder } from '../../src/http/console-folder.js';
import { bearerTokens, type SluiceHttpOptions, sluiceHttp } from '../../src/http.js';
import { FakeJobs } from './fake-jobs.js';
import { openIssuer } from './test-issuer.js';

let app = fastify();
afterEach(() => app.close());

async function serve(options: Partial<SluiceHttpOptions> = {}): Promise<void> {
  app = fastify();
  const authenticate = bearerTokens(new Map([['secret', 'acme']]));
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate, console: true, ...options });
}

/** The names of the page's files. */
const namesIn = (page: string) => [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name);

test('are at most 100 KB, compressed', () => {
  const folder = new URL('console/', consoleFolder());
  const sizes = readdirSync(folder).map((name) => gzipSync(readFileSync(new URL(name, folder))).length);
  expect(sizes.length).toBeGreaterThanOrEqual(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100_000);
});

test('need no token, and may load nothing from elsewhere and nothing inline', async () => {
  await serve();
  const page = await app.inject('/');
  expect(page.statusCode).toBe(200);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
  expect(policy).not.toContain('unsafe');
  expect(page.body).not.toMatch(/<style|\sstyle=|<script(?![^>]* src=)|\son\w+=/);
  expect(page.body).not.toMatch(/(?:src|href)="(?!\.\/console\/)/);
});

test('may call the issuer by which people sign in, and are served while it is down', async () => {
  const issuer = await openIssuer();
  issuer.isDown = true;
  await serve({ signIn: { issuer: issuer.url, clientId: 'console' } });
  expect((await app.inject('/')).headers['content-security-policy']).toContain("connect-src 'self';");
  expect((await app.inject('/sign-in')).statusCode).toBe(503);
  issuer.isDown = false;
  expect((await app.inject('/')).headers['content-security-policy']).toContain(`connect-src 'self' ${issuer.url};`);
  expect((await app.inject('/sign-in')).json()).toStrictEqual({
    oidc: {
      ...{ issuer: issuer.url, clientId: 'console', scope: 'openid' },
      ...{ authorizationEndpoint: `${issuer.url}/authorize`, tokenEndpoint: `${issuer.url}/token` },
    },
  });
  await issuer.close();
});

test('are kept by browsers for a year, under names that change with their content', async () => {
  await serve();
  const names = namesIn((await app.inject('/')).body);
  expect(names).toHaveLength(3);
  for (const name of names) {
    expect(name).toMatch(/^console\/\w+-[\w-]{8}\.(js|css|svg)$/);
    const plain = await app.inject(`/${name}`);
    expect(plain.statusCode).toBe(200);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(plain.headers['content-encoding']).toBeUndefined();
    const gzipped = await app.inject({ url: `/${name}`, headers: { 'accept-encoding': 'br, gzip' } });
    expect(gzipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(gzipped.rawPayload).equals(plain.rawPayload)).toBe(true);
  }
});

test('are the only ones', async () => {
  await serve();
  for (const path of ['/console/other.js', '/console/..%2findex.html', '/console/LICENSES.txt', '/console/']) {
    expect((await app.inject(path)).statusCode, path).toBe(404);
  }
  expect((await app.inject('/jobs')).statusCode).toBe(401);
});

test('are under the prefix, with a slash behind it', async () => {
  await serve({ prefix: '/team/exports' });
  const short = await app.inject('/team/exports');
  expect([short.statusCode, short.headers.location]).toStrictEqual([308, 'exports/']);
  const page = await app.inject('/team/exports/');
  expect(page.statusCode).toBe(200);
  for (const name of namesIn(page.body)) expect((await app.inject(`/team/exports/${name}`)).statusCode).toBe(200);
  expect((await app.inject('/')).statusCode).toBe(404);
});

test('are served only if asked for', async () => {
  await serve({ console: false });
  expect((await app.inject('/')).statusCode).toBe(404);
  await app.close();
  app = fastify();
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate: 'none' });
  expect((await app.inject('/')).statusCode).toBe(404);
});

test.each([
  [undefined, false],
  ['gzip', true],
  ['br, gzip;q=0.5', true],
  ['*', true],
  ['GZIP ; q=1', true],
  ['gzip;q=0', false],
  ['gzip;q=0.000, *', false],
  ['*;q=0', false],
  ['br, *;q=0', false],
  ['identity;q=0', false],
  ['identity, gzip;q=0.5', false],
  ['nogzip', false],
])('are gzipped for %s: %s', async (accepted, isGzipped) => {
  await serve();
  const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
  const page = await app.inject({ url: '/', headers });
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-encoding']).toBe(isGzipped ? 'gzip' : undefined);
});
