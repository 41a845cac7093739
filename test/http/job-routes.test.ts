/** Jobs as resources: their JSON, pages, deletion and result. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SluiceError } from '../../src/terms/errors.js';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { CONTENT, FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let jobs: FakeJobs;
let server: CheckedServer;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, prefix: '/v1' });
});
afterEach(() => server.app.close());

const submit = async (state: FakeJobs['next'] = 'completed') => {
  jobs.next = state;
  const answer = await server.post('/v1/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  expect(answer.headers.location).toBe(`/v1/jobs/${jobs.newest}`);
  return jobs.newest;
};

describe('a job', () => {
  test('is returned with all members', async () => {
    const id = await submit();
    const answer = await server.get(`/v1/jobs/${id}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(answer.headers['cache-control']).toBe('no-store');
    const name = encodeURIComponent('ü "export".zip');
    expect(answer.json()).toMatchObject({
      id,
      state: 'completed',
      status: 'Completed',
      expiresAt: '2030-01-01T00:00:00.000Z',
      attempts: 0,
      request: BODY,
      files: [{ name: 'ü "export".zip', bytes: CONTENT.length, href: `/v1/jobs/${id}/files/${name}` }],
      links: { self: `/v1/jobs/${id}`, events: `/v1/jobs/${id}/events`, result: `/v1/jobs/${id}/result` },
    });
  });

  test('that is unfinished has no result, and states when to poll again', async () => {
    const id = await submit('queued');
    jobs.set(id, {
      state: 'running',
      startedAt: Date.now(),
      progress: {
        read: 5,
        written: 3,
        bytesIn: 100,
        totalBytes: 1000,
        bytesPerSecond: 10.5,
        recordsPerSecond: 1,
        estimatedEnd: Date.UTC(2030, 0, 1),
      },
    });
    const answer = await server.get(`/v1/jobs/${id}`);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json().links.result).toBeUndefined();
    expect(answer.json().progress.estimatedEnd).toBe('2030-01-01T00:00:00.000Z');
  });

  test('that failed is returned with 200', async () => {
    jobs.nextError = { code: 'DISK_FULL', message: 'ENOSPC: /var/lib/sluice', stage: 'write', path: '/var/lib/sluice' };
    const answer = await server.get(`/v1/jobs/${await submit('failed')}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ state: 'failed', error: { code: 'DISK_FULL', stage: 'write' } });
    expect(answer.body).not.toContain('/var/lib');
  });

  test('that is missing is a problem', async () => {
    const answer = await server.get('/v1/jobs/nothing');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({
      type: 'urn:sluice:error:NO_SUCH_JOB',
      status: 404,
      code: 'NO_SUCH_JOB',
      instance: '/v1/jobs/nothing',
    });
  });
});

describe('pages', () => {
  test('list all jobs once, newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await submit());
    const told: string[] = [];
    let url = '/v1/jobs?limit=2';
    for (let page = 0; url && page < 9; page++) {
      const answer = (await server.get(url)).json();
      told.push(...answer.jobs.map(({ id }: { id: string }) => id));
      url = answer.next;
    }
    expect(told).toStrictEqual(ids.reverse());
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'limit=1&limit=2',
    'after=',
    'limits=3',
    '__proto__=1',
    'constructor=1',
  ])('with ?%s are refused by its path', async (query) => {
    const answer = await server.get(`/v1/jobs?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().faults[0].path).toBe(`query.${query.split('=')[0]}`);
  });

  test('and other resources refuse unknown parameters', async () => {
    const id = await submit();
    for (const url of [`/v1/jobs/${id}`, `/v1/jobs/${id}/result`, `/v1/jobs/${id}/events`, '/v1/healthz']) {
      expect((await server.get(`${url}?x=1`)).statusCode).toBe(400);
    }
  });
});

describe('the result', () => {
  test('is the documented envelope', async () => {
    const id = await submit();
    const answer = await server.get(`/v1/jobs/${id}/result`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-disposition': `attachment; filename="${id}.json"`,
      'cache-control': 'private, no-store, no-transform',
      expires: 'Tue, 01 Jan 2030 00:00:00 GMT',
    });
    expect(answer.json().response.binaryObjects[0].properties.workAutomationId).toBe(id);
  });

  test.each([
    ['queued', 409, 'NO_RESULT'],
    ['failed', 409, 'NO_RESULT'],
    ['cancelled', 409, 'NO_RESULT'],
    ['expired', 410, 'RESULT_EXPIRED'],
  ] as const)('of a job that is %s is %i', async (state, status, code) => {
    const answer = await server.get(`/v1/jobs/${await submit(state)}/result`);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toBe(code);
  });
});

describe('DELETE', () => {
  const remove = (id: string) => server.ask({ method: 'DELETE', url: `/v1/jobs/${id}` });

  test('cancels an unfinished job', async () => {
    const answer = await remove(await submit('queued'));
    expect(answer.statusCode).toBe(200);
    expect(answer.json().state).toBe('cancelled');
  });

  test('deletes the result of an ended job, and does nothing the second time', async () => {
    const id = await submit();
    expect((await remove(id)).json().state).toBe('expired');
    expect((await remove(id)).json().state).toBe('expired');
    expect((await server.get(`/v1/jobs/${id}/result`)).statusCode).toBe(410);
  });
});

test('refuses other methods and paths', async () => {
  const id = await submit();
  for (const [method, url, status] of [
    ['PUT', '/v1/jobs', 405],
    ['POST', `/v1/jobs/${id}`, 405],
    ['GET', `/v1/jobs/${id}/nothing`, 404],
  ] as const) {
    const answer = await server.ask({ method, url });
    expect([method, url, answer.statusCode]).toStrictEqual([method, url, status]);
  }
  // The stream of events supports GET only.
  const headers = { authorization: `Bearer ${ACME}` };
  expect((await server.app.inject({ method: 'HEAD', url: `/v1/jobs/${id}/events`, headers })).statusCode).toBe(405);
});

test('reports the service as unhealthy while jobs cannot be stored', async () => {
  jobs.fault = new SluiceError('DATA_DIR_DAMAGED', 'job', '/var/lib/secret/jobs.lmdb is gone');
  const ill = await server.app.inject('/v1/healthz');
  expect(ill.statusCode).toBe(503);
  expect(ill.headers['content-type']).toContain('application/problem+json');
  expect(ill.json()).toMatchObject({ status: 503, code: 'DATA_DIR_DAMAGED' });
  expect(ill.body).not.toContain('secret');
});

test('reports the service as healthy', async () => {
  const answer = await server.app.inject('/v1/healthz');
  expect(answer.json()).toStrictEqual({ status: 'ok' });
});
