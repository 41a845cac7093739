/** Waiting for jobs and listing them, also over outages. */
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import { fakeServer, json, problem } from './fake-server.js';

const RETRY = { retries: 3, minDelayMs: 0, maxDelayMs: 0 };

/** The JSON of a job. */
function view(state: string, more: object = {}): object {
  const progress = { read: 5, written: 3, bytesIn: 50, totalBytes: 100, bytesPerSecond: 1, recordsPerSecond: 1 };
  return { id: 'j1', state, status: state, attempts: 1, version: 2, progress, files: [], links: {}, ...more };
}

describe('waitFor', () => {
  it('polls until the job has ended, at the times that the service states', async () => {
    const states = ['queued', 'running', 'running', 'completed'];
    const server = await fakeServer((_asked, response) =>
      json(response, view(states.shift() ?? 'completed'), 200, { 'retry-after': '0' }),
    );
    const seen: string[] = [];
    const job = await createClient({ server: server.url }).waitFor('j1', {
      onProgress: ({ state }) => seen.push(state),
    });
    expect(job).toMatchObject({ id: 'j1', state: 'completed', progress: { read: 5, totalBytes: 100 } });
    expect(seen).toStrictEqual(['queued', 'running', 'running', 'completed']);
    expect(server.asked.map(({ url }) => url)).toStrictEqual(Array(4).fill('/jobs/j1'));
  });

  it('survives an outage, but gives up after the last retry', async () => {
    let calls = 0;
    const server = await fakeServer((_asked, response) => {
      calls++;
      if (calls === 3) return json(response, view('running'), 200, { 'retry-after': '0' });
      if (calls === 6) return json(response, view('failed', { error: { code: 'INVALID_JSON', message: 'bad' } }));
      if (calls % 2) return void response.destroy();
      response.writeHead(502).end('<html>bad gateway');
    });
    const waits: string[] = [];
    const retry = { ...RETRY, onRetry: ({ code }: { code: string }) => waits.push(code) };
    const client = createClient({ server: server.url, retry });
    expect(await client.waitFor('j1')).toMatchObject({ state: 'failed', error: { code: 'INVALID_JSON' } });
    expect(waits).toHaveLength(4);
    await expect(client.waitFor('j1')).rejects.toMatchObject({ code: 'SERVICE_FAILED', stage: 'client' });
    expect(calls).toBe(10);
  });

  it('ends when the signal fires', async () => {
    const controller = new AbortController();
    const server = await fakeServer((_asked, response) => {
      json(response, view('running'), 200, { 'retry-after': '3600' });
    });
    const following = createClient({ server: server.url }).waitFor('j1', {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(following).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('ends when the signal of the client fires during a request', async () => {
    const controller = new AbortController();
    const server = await fakeServer(() => controller.abort());
    const client = createClient({ server: server.url, signal: controller.signal });
    await expect(client.waitFor('j1')).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    [404, 'NO_SUCH_JOB'],
    [404, 'NO_SUCH_ROUTE'],
    [401, 'UNAUTHENTICATED'],
  ])('treats a refusal with %i %s as final', async (status, code) => {
    const server = await fakeServer((_asked, response) => problem(response, status, code));
    await expect(createClient({ server: server.url, retry: RETRY }).waitFor('j1')).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(1);
  });

  it('rejects a response that is not a job', async () => {
    for (const body of [{}, [], null, view('melting'), 'x', { ...view('queued'), id: 7 }]) {
      const server = await fakeServer((_asked, response) => json(response, body));
      await expect(createClient({ server: server.url }).get('j1')).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    }
  });
});

describe('list', () => {
  it('returns pages', async () => {
    const server = await fakeServer((_asked, response) => json(response, { jobs: [view('queued')], next: 'n/2' }));
    const client = createClient({ server: `${server.url}/prefix/` });
    expect(await client.list({ limit: 1, after: 'n&1' })).toMatchObject({ jobs: [{ id: 'j1' }], next: 'n/2' });
    expect(await client.list()).toMatchObject({ next: 'n/2' });
    expect(server.asked.map(({ url }) => url)).toStrictEqual(['/prefix/jobs?limit=1&after=n%261', '/prefix/jobs']);
  });
});

describe('cancel', () => {
  it('returns the job afterwards', async () => {
    const server = await fakeServer((_asked, response) => json(response, view('cancelled')));
    expect(await createClient({ server: server.url }).cancel('a/b')).toMatchObject({ state: 'cancelled' });
    expect(server.asked).toMatchObject([{ method: 'DELETE', url: '/jobs/a%2Fb' }]);
  });

  it('requests the job after an empty response', async () => {
    const server = await fakeServer(({ method }, response) => {
      if (method === 'DELETE') return void response.writeHead(204).end();
      json(response, view('cancelled'));
    });
    expect(await createClient({ server: server.url }).cancel('j1')).toMatchObject({ state: 'cancelled' });
  });
});
