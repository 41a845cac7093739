/** Server-sent events over real sockets: the job, its changes, its end. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACME, type CheckedServer, openServer } from './checked-server.js';
import { FakeJobs } from './fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };

let jobs: FakeJobs;
let server: CheckedServer;
let origin: string;
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, maxStreams: 2 });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  const closing = server.app.close();
  // After an abort, fetch opens a spare connection that it never uses.
  server.app.server.closeAllConnections();
  await closing;
});

const submit = async (state: FakeJobs['next'] = 'queued') => {
  jobs.next = state;
  await server.post('/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  return jobs.newest;
};

const events = (id: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${origin}/jobs/${id}/events`, {
    headers: { authorization: `Bearer ${ACME}`, ...headers },
    ...(signal ? { signal } : {}),
  });

/** Parses events as they arrive. */
async function* parsed(answer: Response): AsyncGenerator<{ id: string; event: string; data: Record<string, unknown> }> {
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data) yield { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) };
    }
  }
}

/** Resolves once a condition holds; polls at each turn of the event loop. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

test('of all jobs tell when they begin, then each change, and end with the client', async () => {
  const leaving = new AbortController();
  const answer = await fetch(`${origin}/jobs/events`, {
    headers: { authorization: `Bearer ${ACME}` },
    signal: leaving.signal,
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const stream = parsed(answer);
  expect((await stream.next()).value).toMatchObject({ event: 'ready', data: {} });
  const id = await submit();
  jobs.set(id, { state: 'running', epoch: 1 });
  const states: unknown[] = [];
  while (states.at(-1) !== 'running') {
    const { value } = await stream.next();
    expect(value).toMatchObject({ event: 'job', data: { id } });
    states.push(value?.data.state);
  }
  leaving.abort();
  await until(() => jobs.watching === 0);
});

test('send the job, each change, and end with the job', async () => {
  const id = await submit();
  const answer = await events(id);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('cache-control')).toBe('no-store, no-transform');
  const stream = parsed(answer);
  expect((await stream.next()).value).toMatchObject({ id: '1', event: 'job', data: { id, state: 'queued' } });
  jobs.set(id, { state: 'running', epoch: 1 });
  expect((await stream.next()).value).toMatchObject({ id: '2', data: { state: 'running', attempts: 1 } });
  jobs.end(id, 'completed');
  const last = (await stream.next()).value;
  expect(last).toMatchObject({ id: '3', data: { state: 'completed', version: 3 } });
  const { request: _, ...shown } = (await server.get(`/jobs/${id}`)).json();
  expect(last?.data).toStrictEqual(shown);
  expect((await stream.next()).done).toBe(true);
  await until(() => jobs.watching === 0);
});

describe('Last-Event-ID', () => {
  test('resumes after the last event that was seen', async () => {
    const id = await submit();
    jobs.set(id, { state: 'running' });
    const stream = parsed(await events(id, { 'last-event-id': '2' }));
    const next = stream.next();
    jobs.end(id, 'completed');
    expect((await next).value).toMatchObject({ id: '3', data: { state: 'completed' } });
  });

  test('of the last event gets no content', async () => {
    const id = await submit('completed');
    const answer = await server.get(`/jobs/${id}/events`, { 'last-event-id': '2' });
    expect(answer.statusCode).toBe(204);
    expect((await server.get(`/jobs/${id}/events`, { 'last-event-id': '1' })).body).toContain('id: 2\n');
    expect((await server.get(`/jobs/${id}/events`, { 'last-event-id': '' })).body).toContain('id: 2\n');
  });

  test('that is invalid is refused', async () => {
    const answer = await server.get(`/jobs/${await submit('completed')}/events`, { 'last-event-id': 'x' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().path).toBe('headers.last-event-id');
  });
});

test('end when the credentials of the caller expire', async () => {
  const authenticate = () => ({ tenant: 'acme', expiresAt: Date.now() + 100 });
  const short = await openServer({ jobs, authenticate });
  const id = await submit();
  const [one, all] = await Promise.all([short.app.inject(`/jobs/${id}/events`), short.app.inject('/jobs/events')]);
  // Neither has ended with its job.
  expect([one.statusCode, all.statusCode]).toStrictEqual([200, 200]);
  expect((await short.get(`/jobs/${id}`)).json().state).toBe('queued');
  expect(jobs.watching).toBe(0);
  await short.app.close();
});

test('stops watching as soon as the client disconnects', async () => {
  const id = await submit();
  const leaving = new AbortController();
  const answer = await events(id, {}, leaving.signal);
  const stream = parsed(answer);
  await stream.next();
  expect(jobs.watching).toBe(1);
  leaving.abort();
  await stream.next().catch(() => {});
  await until(() => jobs.watching === 0);
});

test('limits the open streams of a tenant, and frees one that ends', async () => {
  const id = await submit();
  const leaving = new AbortController();
  await events(id, {}, leaving.signal);
  const second = await events(id);
  const third = await events(id);
  expect(third.status).toBe(429);
  leaving.abort();
  await until(() => jobs.watching === 1);
  const fourth = await events(id);
  expect(fourth.status).toBe(200);
  jobs.end(id, 'cancelled');
  await Promise.all([second.text(), fourth.text()]);
});

describe('a server that closes', () => {
  test('ends streams of events, and returns the job to clients that wait', async () => {
    const id = await submit();
    const stream = parsed(await events(id));
    await stream.next();
    const waiting = fetch(`${origin}/api/rsConnectService/downloadDataJob`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ACME}`, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    });
    await jobs.submitted();
    await server.app.close();
    expect((await stream.next()).done).toBe(true);
    expect((await waiting).status).toBe(202);
    expect(jobs.watching).toBe(0);
  });
});

describe('a client that disconnects', () => {
  test('releases the stream of the envelope', async () => {
    const id = await submit('completed');
    jobs.slow = true;
    const leaving = new AbortController();
    const answer = await fetch(`${origin}/jobs/${id}/result`, {
      headers: { authorization: `Bearer ${ACME}` },
      signal: leaving.signal,
    });
    await answer.body?.getReader().read();
    leaving.abort();
    const [stream] = jobs.streams;
    if (!stream.closed) await once(stream, 'close').catch(() => {});
    expect(stream.destroyed).toBe(true);
  });

  test('during a wait ends the wait, and its job continues', async () => {
    jobs.next = 'queued';
    const leaving = new AbortController();
    const waiting = fetch(`${origin}/api/rsConnectService/downloadDataJob`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ACME}`, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
      signal: leaving.signal,
    });
    await jobs.submitted();
    await until(() => jobs.waiting === 1);
    leaving.abort();
    await expect(waiting).rejects.toThrow();
    await until(() => jobs.waiting === 0);
    expect((await server.get(`/jobs/${jobs.newest}`)).json().state).toBe('queued');
  });
});
