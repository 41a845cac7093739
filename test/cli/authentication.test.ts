/** Flags for authentication: tokens, an issuer, or both; what excludes what. */
import { fastify } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { type AuthenticationFlags, authentication, signInOf } from '../../src/cli/authentication.js';
import { sluiceHttp } from '../../src/http.js';
import { FakeJobs } from '../http/fake-jobs.js';
import { openIssuer } from '../http/test-issuer.js';

afterEach(() => {
  delete process.env.SLUICE_TOKENS;
});

const FLAGS: AuthenticationFlags = { auth: true, host: '0.0.0.0' };

it('tokens of the service and of an issuer are accepted side by side', async () => {
  const issuer = await openIssuer();
  const app = fastify();
  try {
    process.env.SLUICE_TOKENS = 'robot@acme:submit=listed';
    const flags = { ...FLAGS, oidcIssuer: issuer.url, oidcAudience: ['exports'], oidcRightsClaim: 'scope' };
    const authenticate = await authentication(flags);
    await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate });
    const ask = async (token: string) =>
      (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).json();
    expect(await ask('listed')).toStrictEqual({ tenant: 'acme', user: 'robot', rights: ['submit'] });
    const issued = await issuer.token({ scope: 'read' });
    expect(await ask(issued)).toStrictEqual({ tenant: 'acme', user: 'ann', rights: ['read'] });
    expect(await ask('unknown')).toMatchObject({ status: 401 });
    process.env.SLUICE_TOKENS = '';
    expect(await authentication(flags)).toBeTypeOf('function');
  } finally {
    await app.close();
    await issuer.close();
  }
});

it.each<[Partial<AuthenticationFlags>, string]>([
  [{}, 'authentication is required'],
  [{ oidcAudience: ['x'] }, 'need --oidc-issuer'],
  [{ oidcIssuer: 'https://login.example.com' }, 'needs --oidc-audience'],
  [{ oidcIssuer: 'https://login.example.com', auth: false, host: 'localhost' }, 'exclude each other'],
  [
    { oidcIssuer: 'https://x.example', oidcAudience: ['x'], oidcTenant: 'a', oidcTenantClaim: 'b' },
    'exclude each other',
  ],
  [{ oidcIssuer: 'http://x.example', oidcAudience: ['x'] }, 'https'],
])('refuses the flags %j', async (flags, reason) => {
  await expect(authentication({ ...FLAGS, ...flags })).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining(reason),
  });
});

it('people sign in at the issuer whose tokens are accepted, and nowhere without one', () => {
  const oidcIssuer = 'https://login.example.com';
  expect(signInOf(FLAGS)).toBe(undefined);
  expect(signInOf({ ...FLAGS, oidcIssuer, oidcClientId: 'console', oidcScope: 'openid exports' })).toStrictEqual({
    ...{ issuer: oidcIssuer, clientId: 'console', scope: 'openid exports' },
  });
  expect(() => signInOf({ ...FLAGS, oidcClientId: 'console' })).toThrow('needs --oidc-issuer');
  expect(() => signInOf({ ...FLAGS, oidcIssuer, oidcScope: 'x' })).toThrow('needs --oidc-client-id');
});
