/** Prometheus metrics of requests: a series per method, route and status, whatever clients send. */
import { once } from 'node:events';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestMetrics } from '../../src/metrics.js';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let registry: Registry;
let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  registry = new Registry();
  jobs = new FakeJobs();
  server = await openServer({ jobs, prefix: '/v1', onRequestCompleted: await requestMetrics(registry) });
});
afterEach(async () => {
  const closing = server.app.close();
  // After an abort, fetch opens a spare connection that it never uses.
  server.app.server.closeAllConnections();
  await closing;
});

/** The count of each method, route and status. */
async function counts(): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.includes('_seconds_count{'));
  return Object.fromEntries(
    lines.map((line) => {
      const labels = [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, , value]) => value);
      return [labels.join(' '), Number(line.split(' ').at(-1))];
    }),
  );
}

test('label requests by their routes, never by their paths', async () => {
  await server.post('/v1/api/rsConnectService/downloadDataJob', BODY);
  const id = jobs.newest;
  await server.get(`/v1/jobs/${id}`);
  await server.get('/v1/jobs/none-0001');
  await server.get('/v1/jobs/none-0002');
  await server.app.inject('/v1/jobs');
  await server.app.inject('/v1/jobs/a/b/c');
  await server.app.inject('/v1/acme/api/x');
  // The document was requested when the server was opened.
  expect(await counts()).toStrictEqual({
    'GET /v1/openapi.json 200': 1,
    'POST /v1/api/rsConnectService/downloadDataJob 200': 1,
    'GET /v1/jobs/:id 200': 1,
    'GET /v1/jobs/:id 404': 2,
    'GET /v1/jobs 401': 1,
    'GET /v1/jobs/* 401': 1,
    'GET /v1/:tenant/api/* 401': 1,
  });
  expect(await registry.metrics()).not.toContain(id);
});

describe('a client that disconnects', () => {
  /** The request at the server; the inner promise resolves once it is closed. */
  const arrival = () =>
    new Promise<{ readonly over: Promise<unknown> }>((resolve) => {
      server.app.server.once('request', (_, response) => resolve({ over: once(response, 'close') }));
    });

  test('is counted with the status that was sent', async () => {
    await server.post('/v1/api/rsConnectService/downloadDataJob', BODY);
    jobs.slow = true;
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const arrived = arrival();
    const leaving = new AbortController();
    const answer = await fetch(`${address}/v1/jobs/${jobs.newest}/result`, {
      ...{ headers: { authorization: `Bearer ${ACME}` }, signal: leaving.signal },
    });
    await answer.body?.getReader().read();
    leaving.abort();
    await (await arrived).over;
    expect(await counts()).toMatchObject({ 'GET /v1/jobs/:id/result 200': 1 });
  });

  test('before the response is counted with 499', async () => {
    jobs.next = 'queued';
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const arrived = arrival();
    const leaving = new AbortController();
    const waiting = fetch(`${address}/v1/api/rsConnectService/downloadDataJob`, {
      ...{ method: 'POST', body: JSON.stringify(BODY), signal: leaving.signal },
      headers: { authorization: `Bearer ${ACME}`, 'content-type': 'application/json' },
    });
    await jobs.submitted();
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await (await arrived).over;
    expect(await counts()).toMatchObject({ 'POST /v1/api/rsConnectService/downloadDataJob 499': 1 });
  });
});

test('measure durations in seconds', async () => {
  await server.get('/v1/jobs');
  const [line = ''] = (await registry.metrics()).split('\n').filter((one) => /_sum\{.*"\/v1\/jobs"/.test(one));
  const sum = Number(line.split(' ').at(-1));
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThan(60);
});

test('do not count requests outside the plugin, and reject a second registration', async () => {
  await server.app.inject('/nothing');
  expect(Object.keys(await counts())).toStrictEqual(['GET /v1/openapi.json 200']);
  await expect(requestMetrics(registry)).rejects.toMatchObject({ code: 'INVALID' });
});
