/** Real jobs over HTTP: events to the end, cancellation, failure, disconnected clients. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceName } from '../../src/export/to-source.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { bytes } from '../../src/sources/bytes.js';
import { ACME, type CheckedServer, openServer } from './checked-server.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = { params: { query: { filters: { typesCriterion: ['product'] } }, fields: { attributes: ['_ALL'] } } };
const ASYNC = { prefer: 'respond-async' };

let folder = '';
let jobs: Jobs;
let server: CheckedServer;
/** The source; a test may replace it before it submits. */
let source: SourceName;
/** Opens the gate of a gated source. */
let open: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-moving-'));
  source = gated(
    new Promise<void>((resolve) => {
      open = resolve;
    }),
  );
  jobs = await openJobs({
    dataDir: join(folder, 'data'),
    results: join(folder, 'data', 'results'),
    source: () => source,
  });
  server = await openServer({ jobs });
});
afterEach(async () => {
  open();
  const closing = server.app.close();
  server.app.server.closeAllConnections();
  await closing;
  await jobs.close();
  await rm(folder, { recursive: true });
});

/** Yields one entity, waits for the gate, and yields another one. */
function gated(gate: Promise<void>): SourceName {
  const entity = (id: string) => `{"id":"${id}","type":"product","name":"n","data":{"attributes":{}}}\n`;
  return bytes(
    (async function* () {
      yield entity('a');
      await gate;
      yield entity('b');
    })(),
  );
}

const submit = async () => {
  const answer = await server.post(DOWNLOAD, BODY, ASYNC);
  return String(answer.headers.location).replace('/jobs/', '');
};

const listen = async () => {
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
};

/** Resolves once the job is in the state. */
const reach = async (id: string, state: string) => {
  for await (const job of jobs.forTenant('acme').watch(id)) if (job.state === state) return;
};

test('sends events of a job until its end, with increasing versions', async () => {
  const id = await submit();
  await reach(id, 'running');
  const events = server.get(`/jobs/${id}/events`);
  open();
  const text = (await events).body;
  const told = [...text.matchAll(/id: (\d+)\nevent: job\ndata: (.*)\n\n/g)].map(([, version, data]) => {
    return { version: Number(version), job: JSON.parse(data) };
  });
  expect(told.map(({ version }) => version)).toStrictEqual(
    [...new Set(told.map(({ version }) => version))].sort((a, b) => a - b),
  );
  expect(told.every(({ version, job }) => job.version === version)).toBe(true);
  const last = told.at(-1);
  expect(last?.job).toMatchObject({ id, state: 'completed', attempts: 1, receipt: { written: 2 } });
  const { request: _, ...shown } = (await server.get(`/jobs/${id}`)).json();
  expect(last?.job).toStrictEqual(shown);
  expect((await server.get(`/jobs/${id}/events`, { 'last-event-id': String(last?.version) })).statusCode).toBe(204);
});

test('cancels a running job, and reports that everywhere', async () => {
  const id = await submit();
  await reach(id, 'running');
  expect((await server.get(`/jobs/${id}/result`)).statusCode).toBe(409);
  const waiting = server.get(`/jobs/${id}/events`);
  const cancelled = await server.ask({ method: 'DELETE', url: `/jobs/${id}` });
  expect(cancelled.json()).toMatchObject({ state: 'cancelled', status: 'Errored', files: [] });
  expect((await waiting).body).toContain('"state":"cancelled"');
  expect((await server.get(`/jobs/${id}/result`)).statusCode).toBe(409);
  const tracked = await server.post('/api/requesttrackingservice/get', { params: { query: { id } } });
  const { attributes } = tracked.json().response.requestObjects[0].data;
  expect(attributes.errorMessage.values[0].value).toBe('The job was cancelled');
});

describe('a job that fails', () => {
  test('on its input reports the record, and not the folder of the file', async () => {
    const path = join(folder, 'faulty.ndjson');
    await writeFile(path, '{"id":"a","type":"product"}\n{"id":"b","type":"product",\n');
    source = path;
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('faulty.ndjson');
    expect(answer.body).not.toContain(folder);
    const view = await server.get(String(answer.headers.location));
    expect(view.json().error).toMatchObject({ source: 'faulty.ndjson', recordIndex: 1 });
    expect(view.body).not.toContain(folder);
    const tracked = await server.post('/api/requesttrackingservice/get', {
      params: { query: { id: view.json().id } },
    });
    expect(tracked.body).toContain('faulty.ndjson');
    expect(tracked.body).not.toContain(folder);
    // The refusal of the result has the reason, too.
    const result = await server.get(`${answer.headers.location}/result`);
    expect(result.statusCode).toBe(409);
    expect(result.body).not.toContain(folder);
  });

  test('on a missing source reports nothing about this machine', async () => {
    source = join(folder, 'nothing.ndjson');
    const answer = await server.post(DOWNLOAD, BODY);
    expect(answer.statusCode).toBe(500);
    expect(answer.json().dataObjectOperationResponse.statusDetail.sluiceCode).toBe('NOT_FOUND');
    for (const path of ['', '/result', '/events']) {
      expect((await server.get(`${answer.headers.location}${path}`)).body).not.toContain(folder);
    }
  });
});

test('cuts the response if a stored result is damaged', async () => {
  const id = await submit();
  open();
  const { files } = await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  const results = join(folder, 'data/results', id);
  await truncate(join(results, 'part-00000-e1'), 5);
  const origin = await listen();
  const headers = { authorization: `Bearer ${ACME}` };
  const read = async (path: string) => (await fetch(`${origin}/jobs/${id}/${path}`, { headers })).arrayBuffer();
  await expect(read(`files/${files[0].name}`)).rejects.toThrow();
  await rm(results, { recursive: true });
  const gone = await server.get(`/jobs/${id}/files/${files[0].name}`);
  expect(gone.statusCode).toBe(500);
  expect(gone.body).not.toContain(folder);
});

test('continues a job whose client disconnects during the wait', async () => {
  const origin = await listen();
  const leaving = new AbortController();
  const waiting = fetch(`${origin}${DOWNLOAD}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ACME}`, 'content-type': 'application/json' },
    body: JSON.stringify(BODY),
    signal: leaving.signal,
  });
  let id = '';
  while (id === '') {
    id = (await jobs.forTenant('acme').list()).jobs[0]?.id ?? '';
    await new Promise((resolve) => setImmediate(resolve));
  }
  leaving.abort();
  await expect(waiting).rejects.toThrow();
  open();
  expect((await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 })).state).toBe('completed');
});

test('lists all real jobs once over several pages', async () => {
  open();
  const ids = new Set<string>();
  for (let count = 0; count < 5; count++) ids.add(await submit());
  const told: string[] = [];
  for (let url = '/jobs?limit=2'; url; ) {
    const page = (await server.get(url)).json();
    told.push(...page.jobs.map(({ id }: { id: string }) => id));
    url = page.next;
  }
  expect(told.sort()).toStrictEqual([...ids].sort());
});
