/** The complete service: the plugin over real jobs, with the documented routes and sluice's own. */
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { bytes } from '../../src/sources/bytes.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { ACME, type CheckedServer, OTHER, openServer } from './checked-server.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = {
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    options: { maxRecords: '10' },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
};

let folder = '';
let jobs: Jobs;
let server: CheckedServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-service-'));
  const source = join(folder, 'catalog.ndjson');
  await copyFile(join(import.meta.dirname, '../fixtures/catalog.ndjson'), source);
  const nightly = { name: 'nightly', format: 'json', pack: 'envelope', mode: 'ASYNC' } as const;
  jobs = await openJobs({ dataDir: join(folder, 'data'), source, plan: { profiles: [nightly] } });
  server = await openServer({ jobs });
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

describe('the documented body', () => {
  test('returns the documented envelope, whose blob is the document in the zip of the job', async () => {
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(200);
    const { binaryObjects, status, totalRecords } = answer.json().response;
    expect({ status, totalRecords }).toStrictEqual({ status: 'success', totalRecords: 10 });
    const id = binaryObjects[0].properties.workAutomationId;
    const [file] = (await server.get(`/jobs/${id}`)).json().files;
    expect(file.name).toMatch(/\.zip$/);
    const document = Buffer.concat(await unwrapEnvelope(bytes(answer.payload)).toArray());
    const { receipt } = await jobs.forTenant('acme').get(id);
    expect(sha256(document)).toBe(receipt?.files[0].sha256);
    expect((await server.get(`/jobs/${id}/result`)).payload).toBe(answer.payload);
  });

  test.each([
    ['with a request to respond at once', BODY, { prefer: 'respond-async' }],
    ['of a profile whose mode is ASYNC', { params: { ...BODY.params, rsconnect: { profiles: ['nightly'] } } }, {}],
  ])('%s creates a job that is tracked by both APIs and fetched in two ranges', async (_name, body, headers) => {
    const answer = await server.post(DOWNLOAD, body, headers);
    expect(answer.statusCode).toBe(202);
    const { dataObjects, statusDetail } = answer.json().dataObjectOperationResponse;
    const id = dataObjects[0].properties.workAutomationId;
    expect(statusDetail).toMatchObject({ code: 'RSC2162', message: expect.stringContaining(id) });
    expect(answer.headers.location).toBe(`/jobs/${id}`);
    await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });

    const query = { id, filters: { typesCriterion: ['tasksummaryobject'] } };
    const tracked = await server.post('/api/requesttrackingservice/get', {
      params: { query, fields: { attributes: ['_ALL'] } },
    });
    const { attributes } = tracked.json().response.requestObjects[0].data;
    expect(attributes.status.values[0].value).toBe('Completed');
    const { state, status, files } = (await server.get(`/jobs/${id}`)).json();
    expect({ state, status }).toStrictEqual({ state: 'completed', status: 'Completed' });

    const [{ href, sha256: digest }] = files;
    const first = await server.get(href, { range: 'bytes=0-999' });
    const etag = String(first.headers.etag);
    const rest = await server.get(href, { range: 'bytes=1000-', 'if-range': etag });
    expect([first.statusCode, rest.statusCode]).toStrictEqual([206, 206]);
    expect(sha256(Buffer.concat([first.rawPayload, rest.rawPayload]))).toBe(digest);
  });

  test('with faults creates no job', async () => {
    const answer = await server.post(DOWNLOAD, { params: { ...BODY.params, nonsense: 1 } });
    expect(answer.statusCode).toBe(400);
    expect((await server.get('/jobs')).json().jobs).toStrictEqual([]);
  });

  test('under one idempotency key creates one job', async () => {
    const headers = { 'idempotency-key': 'one', prefer: 'respond-async' };
    const ids = [];
    for (let count = 0; count < 2; count++) {
      const answer = await server.post(DOWNLOAD, BODY, headers);
      ids.push(answer.json().dataObjectOperationResponse.dataObjects[0].properties.workAutomationId);
    }
    expect(ids[0]).toBe(ids[1]);
  });
});

test('deletes an ended job with its files and its request', async () => {
  const { id, files } = await jobs
    .forTenant('acme')
    .waitFor((await jobs.forTenant('acme').submit({ request: BODY })).job.id, { timeoutMs: 60_000 });
  const href = `/jobs/${id}/files/${files[0].name}`;
  expect((await server.get(href)).statusCode).toBe(200);
  const deleted = await server.ask({ method: 'DELETE', url: `/jobs/${id}` });
  expect(deleted.json()).toMatchObject({ state: 'expired', files: [] });
  expect((await server.get(href)).statusCode).toBe(404);
  expect((await server.get(`/jobs/${id}/result`)).statusCode).toBe(404);
  expect((await server.get(`/jobs/${id}`)).statusCode).toBe(404);
  expect((await server.get('/jobs')).body).not.toContain(id);
});

test('does not expose a job to another tenant', async () => {
  const { id, files } = await jobs
    .forTenant('acme')
    .waitFor((await jobs.forTenant('acme').submit({ request: BODY })).job.id, { timeoutMs: 60_000 });
  const headers = { authorization: `Bearer ${OTHER}` };
  for (const path of ['', '/result', '/events', `/files/${files[0].name}`]) {
    expect((await server.get(`/jobs/${id}${path}`, headers)).statusCode, path).toBe(404);
    expect((await server.get(`/jobs/${id}${path}`, { authorization: `Bearer ${ACME}` })).statusCode, path).toBe(200);
  }
});

test('responds with an error while it shuts down', async () => {
  await jobs.close();
  const answer = await server.post(DOWNLOAD, BODY);
  expect(answer.statusCode).toBe(503);
  expect(answer.headers['retry-after']).toBeDefined();
});
