/** Listeners and loggers that throw do not affect the service. */
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { sluiceHttp } from '../../src/http.js';
import { FakeJobs } from './fake-jobs.js';

const fault = () => {
  throw new Error('a fault of the application');
};

/** Lines of a log, and what writes them. */
function log() {
  const lines: { readonly msg: string; readonly code?: string; readonly err?: object }[] = [];
  const stream = new Writable({
    write(line, _encoding, callback) {
      lines.push(JSON.parse(String(line)));
      callback();
    },
  });
  return { lines, logger: { level: 'error', stream } };
}

test.each([
  ['throws', fault],
  ['rejects', async () => fault()],
])('onRequestCompleted that %s is logged as CALLBACK_FAILED', async (_how, onRequestCompleted) => {
  const { lines, logger } = log();
  const app = fastify({ logger });
  await app.register(sluiceHttp, { jobs: new FakeJobs(), authenticate: 'none', rateLimit: false, onRequestCompleted });
  try {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const closed = new Promise((resolve) => {
      app.server.once('request', (_request, response) => resolve(once(response, 'close')));
    });
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    await closed;
    await new Promise(setImmediate);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect(lines[0]).toMatchObject({
      ...{ msg: 'onRequestCompleted failed', code: 'CALLBACK_FAILED' },
      err: { code: 'CALLBACK_FAILED', stage: 'http', message: expect.stringContaining('a fault of the application') },
    });
  } finally {
    await app.close();
  }
});

test('a logger that throws does not change the response to a failure', async () => {
  const app = fastify();
  const methods = { fatal: () => {}, trace: () => {}, silent: () => {}, level: 'info' };
  app.log = { ...methods, debug: () => {}, info: () => {}, warn: fault, error: fault, child: () => app.log };
  const jobs = new FakeJobs();
  jobs.check = async () => fault();
  await app.register(sluiceHttp, { jobs, authenticate: 'none', rateLimit: false, onRequestCompleted: fault });
  app.addHook('onRequest', async (request) => {
    request.log = app.log;
  });
  expect((await app.inject('/healthz')).statusCode).toBe(503);
  expect((await app.inject({ url: '/jobs', headers: { host: 'elsewhere.example' } })).statusCode).toBe(401);
  await app.close();
});

test('a client that leaves while its answer is prepared is no failure of the service', async () => {
  const { lines, logger } = log();
  const app = fastify({ logger });
  const jobs = new FakeJobs();
  const left = new Promise<void>((resolve) => {
    app.server.once('request', (_request, response) => response.once('close', resolve));
  });
  const opening = new Promise<void>((resolve) => {
    const forTenant = jobs.forTenant.bind(jobs);
    jobs.forTenant = (tenant) => {
      const own = forTenant(tenant);
      return {
        ...own,
        async openEnvelope(...all) {
          resolve();
          await left;
          return own.openEnvelope(...all);
        },
      };
    };
  });
  await app.register(sluiceHttp, { jobs, authenticate: 'none', rateLimit: false });
  try {
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const leaving = new AbortController();
    const body = { params: { query: { filters: { typesCriterion: ['product'] } } } };
    const answer = fetch(`${address}/api/rsConnectService/downloadDataJob`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      ...{ body: JSON.stringify(body), signal: leaving.signal },
    });
    await opening;
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await left;
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect(lines).toStrictEqual([]);
  } finally {
    await app.close();
  }
});
