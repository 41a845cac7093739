/** The OpenAPI document contains every route, under one prefix. */
import { fastifyRateLimit } from '@fastify/rate-limit';
import { fastifySwagger } from '@fastify/swagger';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SluiceHttpOptions, sluiceHttp } from '../../src/http.js';
import { untyped } from '../untyped.js';
import { type AddedRoute, type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

let server: CheckedServer;
beforeEach(async () => {
  server = await openServer({ jobs: new FakeJobs(), prefix: '/v1' });
});
afterEach(() => server.app.close());

test('contains every route, and no other', () => {
  const documented = Object.entries(server.document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // HEAD of a JSON route is not listed separately.
  const isImplied = ({ method, url }: AddedRoute) => method === 'HEAD' && !url.includes('/files/');
  const added = server.routes
    .filter((route) => !route.hidden && !isImplied(route))
    .map(({ method, url }) => `${method} ${url.replace('files/*', 'files/:name').replace(/:(\w+)/g, '{$1}')}`);
  expect(documented.sort()).toStrictEqual(added.sort());
  expect(documented.length).toBeGreaterThan(15);
});

test('has version 3.1, and an id for each operation', () => {
  expect(server.document.openapi).toBe('3.1.0');
  const ids = Object.values(server.document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId),
  );
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
});

test('states how callers are identified, and none where nobody is asked', async () => {
  const shown = async (options: Partial<SluiceHttpOptions>) => {
    const { app, document } = await openServer({ jobs: new FakeJobs(), ...options });
    await app.close();
    const { components, security }: { readonly components: object; readonly security?: unknown } = document;
    return {
      schemes: components && 'securitySchemes' in components ? components.securitySchemes : undefined,
      security,
    };
  };
  expect(await shown({})).toMatchObject({
    schemes: {
      token: { type: 'http', scheme: 'bearer' },
      clientSecret: { type: 'apiKey', in: 'header', name: 'auth-client-secret' },
    },
    security: [{ token: [] }, { clientSecret: [] }],
  });
  const session = { type: 'apiKey', in: 'cookie', name: 'session' };
  expect(await shown({ securitySchemes: { session } })).toMatchObject({
    schemes: { session },
    security: [{ session: [] }],
  });
  expect(await shown({ authenticate: 'none' })).toStrictEqual({ schemes: undefined, security: undefined });
  const securitySchemes = untyped<{ readonly session: object }>({ session: 'cookie' });
  await expect(shown({ securitySchemes })).rejects.toMatchObject({ code: 'INVALID', path: 'securitySchemes' });
});

test('has valid schemas and references', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ ...server.document, $id: 'openapi' });
  const names = Object.keys(server.document.components.schemas);
  expect(names).toContain('Job');
  for (const name of names) expect(ajv.getSchema(`openapi#/components/schemas/${name}`)).toBeTypeOf('function');
  const references = [...JSON.stringify(server.document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to);
  expect(
    [...new Set(references)].filter((to) => !names.includes(to.replace('#/components/schemas/', ''))),
  ).toStrictEqual([]);
});

test('declares every path parameter', () => {
  for (const [path, operations] of Object.entries(server.document.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const operation of Object.values(operations)) {
      const parameters: { in: string; name: string }[] =
        'parameters' in operation ? JSON.parse(JSON.stringify(operation.parameters)) : [];
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toStrictEqual(named);
    }
  }
});

test('does not affect the application around the plugin', async () => {
  const app = fastify();
  app.post('/text', async ({ body }) => ({ body }));
  app.get(
    '/other',
    { schema: { querystring: { type: 'object', properties: { n: { type: 'number' } } } } },
    async ({ query }) => query,
  );
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate: 'none', prefix: '/a' });
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate: 'none', prefix: '/b' });
  const text = await app.inject({
    method: 'POST',
    url: '/text',
    headers: { 'content-type': 'text/plain' },
    payload: 'x',
  });
  expect(text.json()).toStrictEqual({ body: 'x' });
  expect((await app.inject('/other?n=1&m=2')).json()).toStrictEqual({ n: 1, m: '2' });
  expect((await app.inject('/nothing')).json()).toMatchObject({ statusCode: 404, error: 'Not Found' });
  for (const prefix of ['/a', '/b']) {
    const { paths } = (await app.inject(`${prefix}/openapi.json`)).json();
    expect(Object.keys(paths).filter((path) => !path.startsWith(`${prefix}/`))).toStrictEqual([]);
  }
  await app.close();
});

test('coexists with similar plugins of the application', async () => {
  const app = fastify();
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.0' } });
  await app.register(fastifyRateLimit, { max: 1, allowList: ['127.0.0.1'] });
  app.setNotFoundHandler((_, reply) => reply.code(404).send('gone'));
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate: 'none', maxConnections: 7 });
  for (let i = 0; i < 3; i++) expect((await app.inject('/jobs')).statusCode).toBe(200);
  expect((await app.inject('/nothing')).body).toBe('gone');
  expect(Object.keys((await app.inject('/openapi.json')).json().paths)).toContain('/jobs/{id}');
  expect(app.server.maxConnections).toBe(7);
  await app.close();
});
