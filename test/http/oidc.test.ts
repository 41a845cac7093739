/** Tokens of an issuer of OpenID Connect: accepted and refused ones, its keys as they change, tenant, user and rights. */
import { type FastifyInstance, fastify } from 'fastify';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sluiceHttp } from '../../src/http.js';
import { type OidcOptions, oidcTokens } from '../../src/http-oidc.js';
import { FakeJobs } from './fake-jobs.js';
import { openIssuer, type TestIssuer } from './test-issuer.js';

let issuer: TestIssuer;
let apps: FastifyInstance[];
beforeEach(async () => {
  issuer = await openIssuer();
  apps = [];
});
afterEach(async () => {
  vi.useRealTimers();
  for (const app of apps) await app.close();
  await issuer.close();
});

/** A service that asks `GET /me` with a token. */
async function open(options: Partial<OidcOptions> = {}) {
  const app = fastify();
  apps.push(app);
  const authenticate = await oidcTokens({ issuer: issuer.url, audience: 'exports', cooldownMs: 0, ...options });
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate });
  return async (token: string) => {
    const answer = await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } });
    return { status: answer.statusCode, ...answer.json(), authenticate: answer.headers['www-authenticate'] };
  };
}

const now = () => Math.floor(Date.now() / 1000);

test('a token of the issuer identifies tenant and user', async () => {
  const ask = await open();
  const answer = await ask(await issuer.token());
  expect(answer).toMatchObject({ status: 200, tenant: 'acme', user: 'ann', rights: ['read', 'submit', 'cancel'] });
  expect((await ask(await issuer.token({ sub: 'bob', aud: ['other', 'exports'] }))).user).toBe('bob');
  expect(issuer.asked).toStrictEqual({ configuration: 1, keys: 1 });
});

test.each<[string, (issuer: TestIssuer) => Promise<string>, string]>([
  ['expired', (one) => one.token({ exp: now() - 60 }), 'has expired'],
  ['without an end', (one) => one.token({ exp: undefined }), 'has no time at which it expires'],
  ['not valid yet', (one) => one.token({ nbf: now() + 600 }), 'is not valid yet'],
  ['for another audience', (one) => one.token({ aud: 'others' }), 'is for another audience'],
  ['for no audience', (one) => one.token({ aud: undefined }), 'is for another audience'],
  ['of another issuer', (one) => one.token({ iss: 'https://evil.example' }), 'is from another issuer'],
  ['with an unknown key', (one) => one.token({}, { kid: 'key-7' }), 'with a key that the issuer does not have'],
  ['of no user', (one) => one.token({ sub: undefined }), 'names no user'],
  ['of a user with a long name', (one) => one.token({ sub: 'x'.repeat(256) }), 'names no user'],
  [
    'signed with a secret',
    (one) =>
      new SignJWT({ tenant: 'acme' })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-0' })
        .setIssuer(one.url)
        .setAudience('exports')
        .setSubject('ann')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode('a secret that everyone who verifies would know')),
    'with an algorithm that is not accepted',
  ],
  [
    'not signed',
    async (one) =>
      new UnsecuredJWT({ tenant: 'acme', iss: one.url, aud: 'exports', sub: 'ann', exp: now() + 60 }).encode(),
    'with an algorithm that is not accepted',
  ],
  [
    'changed',
    async (one) => (await one.token()).replace(/\.[^.]+\./, `.${(await one.token({ sub: 'root' })).split('.')[1]}.`),
    'signature of the token is wrong',
  ],
  ['no JWT', async () => 'just-a-token', 'is not a JWT'],
])('a token that is %s is refused with its reason', async (_, make, reason) => {
  const ask = await open();
  const answer = await ask(await make(issuer));
  expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', detail: expect.stringMatching(reason) });
  expect(answer.authenticate).toMatch(/^Bearer/);
});

test('the identity expires with its token, and the tolerance of clocks', async () => {
  const authenticate = await oidcTokens({ issuer: issuer.url, audience: 'exports', clockToleranceMs: 2000 });
  const app = fastify();
  apps.push(app);
  app.get('/', (request) => authenticate(request));
  const exp = now() + 60;
  const headers = { authorization: `Bearer ${await issuer.token({ exp })}` };
  expect((await app.inject({ url: '/', headers })).json()).toMatchObject({ user: 'ann', expiresAt: exp * 1000 + 2000 });
});

test('only the stated algorithms are accepted', async () => {
  await issuer.rotate('EdDSA');
  expect((await (await open())(await issuer.token())).status).toBe(200);
  const ask = await open({ algorithms: ['ES256'] });
  expect(await ask(await issuer.token())).toMatchObject({ status: 401 });
});

describe('keys', () => {
  test('that were rotated are asked for, and old ones are not accepted any more', async () => {
    const ask = await open();
    const old = await issuer.token();
    expect((await ask(old)).status).toBe(200);
    await issuer.rotate();
    expect((await ask(await issuer.token())).status).toBe(200);
    expect((await ask(old)).status).toBe(401);
  });

  test('that are unknown are not asked for again at once', async () => {
    const ask = await open({ cooldownMs: 60_000 });
    expect((await ask(await issuer.token())).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await ask(await issuer.token({}, { kid: `made-up-${i}` }))).status).toBe(401);
    expect(issuer.asked.keys).toBe(1);
  });

  test('may move: where they were is not asked for ever', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const ask = await open();
    expect((await ask(await issuer.token())).status).toBe(200);
    await issuer.rotate();
    vi.setSystemTime(Date.now() + 11 * 60_000);
    issuer.gone = '/keys';
    issuer.configuration = { jwks_uri: `${issuer.url}/moved` };
    expect((await ask(await issuer.token())).status).toBe(503);
    expect((await ask(await issuer.token())).status).toBe(200);
  });

  test('that are known are used at once, whatever made-up ones the issuer fails to answer for', async () => {
    const ask = await open({ cooldownMs: 60_000 });
    expect((await ask(await issuer.token())).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 2 * 60_000);
    issuer.isDown = true;
    expect((await ask(await issuer.token({}, { kid: 'made-up' }))).status).toBe(503);
    vi.setSystemTime(Date.now() + 2 * 60_000);
    const { refused } = issuer;
    expect((await ask(await issuer.token())).status).toBe(200);
    expect([refused, issuer.refused]).toStrictEqual([1, 1]);
  });

  test('may be elsewhere than the configuration says', async () => {
    const ask = await open({ jwksUrl: `${issuer.url}/other-keys` });
    expect((await ask(await issuer.token())).status).toBe(200);
    expect(issuer.asked).toStrictEqual({ configuration: 0, keys: 1 });
  });
});

test('while the issuer does not respond the service is unavailable, and then it is not', async () => {
  const ask = await open();
  issuer.isDown = true;
  const answer = await ask(await issuer.token());
  expect(answer).toMatchObject({ status: 503, code: 'SERVICE_FAILED' });
  expect(JSON.stringify(answer)).not.toContain(issuer.url);
  issuer.isDown = false;
  expect((await ask(await issuer.token())).status).toBe(200);
});

test('the last keys are used for an hour while the issuer does not respond', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const ask = await open({ cooldownMs: 60_000 });
  const token = await issuer.token({ exp: now() + 100_000 });
  expect((await ask(token)).status).toBe(200);
  issuer.isDown = true;
  vi.setSystemTime(Date.now() + 11 * 60_000);
  expect((await ask(token)).status).toBe(200);
  // It may be a new key.
  expect((await ask(await issuer.token({ exp: now() + 100_000 }, { kid: 'made-up' }))).status).toBe(503);
  vi.setSystemTime(Date.now() + 61 * 60_000);
  expect((await ask(token)).status).toBe(503);
  issuer.isDown = false;
  expect((await ask(token)).status).toBe(200);
});

test.each([{ issuer: 'https://other.example' }, { jwks_uri: 'http://keys.example' }, { jwks_uri: undefined }])(
  'a configuration with %j is not believed',
  async (configuration) => {
    issuer.configuration = configuration;
    expect((await (await open())(await issuer.token())).status).toBe(503);
  },
);

describe('claims', () => {
  test('name the tenant, by their name or by a path', async () => {
    const ask = await open({ tenantClaim: 'https://acme.example/tenant' });
    expect((await ask(await issuer.token({ 'https://acme.example/tenant': 'roof.co' }))).tenant).toBe('roof.co');
    const nested = await open({ tenantClaim: 'app.tenant', userClaim: 'email' });
    const token = await issuer.token({ app: { tenant: 'deep' }, email: 'ann@acme.example' });
    expect(await nested(token)).toMatchObject({ tenant: 'deep', user: 'ann@acme.example' });
  });

  test('a token without a tenant may do nothing, unless all are of one tenant', async () => {
    const token = await issuer.token({ tenant: undefined });
    expect(await (await open())(token)).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
      detail: 'the token names no tenant: its claim tenant is not a text',
    });
    expect((await (await open({ tenant: 'only' }))(token)).tenant).toBe('only');
    const listed = await issuer.token({ tenant: ['acme', 'other'] });
    expect((await (await open())(listed)).status).toBe(403);
  });

  test.each<[Record<string, unknown>, string, readonly string[]]>([
    [{ scope: 'openid read sluice:submit' }, 'scope', ['read', 'submit']],
    [{ roles: ['sluice.admin', 7] }, 'roles', ['read', 'submit', 'cancel', 'admin']],
    [{ realm_access: { roles: ['cancel', 'offline'] } }, 'realm_access.roles', ['cancel']],
    [{ scope: 'openid' }, 'scope', []],
    [{}, 'scope', []],
  ])('%j: the rights of %s are %j', async (claims, rightsClaim, rights) => {
    const ask = await open({ rightsClaim });
    expect((await ask(await issuer.token(claims))).rights).toStrictEqual(rights);
  });
});

test.each([
  [{ issuer: 'http://login.example.com' }, 'issuer'],
  [{ issuer: 'login.example.com' }, 'issuer'],
  [{ audience: undefined }, 'audience'],
  [{ audience: [7] }, 'audience'],
  [{ algorithms: ['HS256'] }, 'algorithms'],
  [{ jwksUrl: 'ftp://keys' }, 'jwksUrl'],
  [{ tenants: 'x' }, 'tenants'],
])('refuses the options %j', async (options, path) => {
  const usual = { issuer: 'https://login.example.com', audience: 'exports' };
  const opening = oidcTokens({ ...usual, ...options } as OidcOptions);
  await expect(opening).rejects.toMatchObject({
    code: expect.stringMatching(/^(INVALID|UNKNOWN_KEY)$/),
    message: expect.stringContaining(path),
  });
});
