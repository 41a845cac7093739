/** The route of metrics: its authentication and its responses. */
import { request } from 'node:http';
import { type FastifyInstance, fastify } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bearerTokens } from '../../src/http.js';
import { type SluiceMetricsOptions, sluiceMetrics } from '../../src/metrics.js';
import { ACME, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

let registry: Registry;
let app: FastifyInstance;
const authenticate = bearerTokens(new Map([['scrape', 'prometheus']]));
const scrape = { authorization: 'Bearer scrape' };

beforeEach(() => {
  registry = new Registry();
  new Counter({ name: 'answers_total', help: 'Answers.', registers: [registry] }).inc(42);
  app = fastify();
});
afterEach(() => app.close());

async function opened(options: Partial<SluiceMetricsOptions> = {}): Promise<FastifyInstance> {
  await app.register(sluiceMetrics, { registry, authenticate, ...options });
  return app;
}

test('serves the registry with a valid token, in its own media type', async () => {
  const answer = await (await opened()).inject({ url: '/metrics', headers: scrape });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe(registry.contentType);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.body).toContain('\nanswers_total 42\n');
});

test('serves another path if configured', async () => {
  await app.register(sluiceMetrics, { registry, authenticate, path: '/numbers', prefix: '/ops' });
  expect((await app.inject({ url: '/ops/numbers', headers: scrape })).statusCode).toBe(200);
  expect((await app.inject({ url: '/metrics', headers: scrape })).statusCode).toBe(404);
});

test('responds with an internal error without details if the registry fails', async () => {
  new Counter({
    name: 'broken_total',
    help: 'Broken.',
    registers: [registry],
    collect: () => Promise.reject(new Error('secret of the database')),
  });
  const answer = await (await opened()).inject({ url: '/metrics', headers: scrape });
  expect(answer.statusCode).toBe(500);
  expect(answer.json().code).toBe('INTERNAL');
  expect(answer.body).not.toContain('secret');
});

describe('access without a valid token', () => {
  test.each([
    ['no token', {}],
    ['a wrong one', { authorization: 'Bearer nobody' }],
    ['the token of a tenant', { authorization: `Bearer ${ACME}` }],
  ])('is refused with %s', async (_name, headers) => {
    const answer = await (await opened()).inject({ url: '/metrics', headers: { ...headers } });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.body).not.toContain('answers_total');
  });

  test('is refused on the server of the service, where it is not a route of tenants', async () => {
    const server = await openServer({ jobs: new FakeJobs() });
    const metrics = { method: 'GET', url: '/metrics' } as const;
    expect((await server.app.inject({ ...metrics, headers: { authorization: `Bearer ${ACME}` } })).statusCode).toBe(
      404,
    );
    await server.app.close();
    app = fastify();
    await app.register(async (scope) => scope.register(sluiceMetrics, { registry, authenticate }));
    expect((await app.inject({ ...metrics, headers: { authorization: `Bearer ${ACME}` } })).statusCode).toBe(401);
  });

  test('is limited per address', async () => {
    await opened({ rateLimit: { max: 2, windowMs: 60_000 } });
    const ask = (authorization: string) => app.inject({ url: '/metrics', headers: { authorization } });
    const statuses = [];
    for (const token of ['a', 'b', 'c']) statuses.push((await ask(`Bearer ${token}`)).statusCode);
    expect(statuses).toStrictEqual([401, 401, 429]);
    expect((await ask('Bearer scrape')).statusCode).toBe(200);
  });

  test('is granted to this machine under a loopback name without an authenticator', async () => {
    await opened({ authenticate: 'none' });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const port = new URL(address).port;
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/metrics', headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await ask('localhost')).toBe(200);
    expect(await ask('evil.example')).toBe(401);
  });
});
