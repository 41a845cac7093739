/** Disconnected clients and cancelled jobs leave nothing: no handle, file or timer. */
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sluiceHttp } from '../../src/http/plugin.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { jobsIn } from '../jobs/jobs-in.js';
import { openJobs } from '../jobs/with-faults.js';
import { type Arena, makeArena, randomFrom } from './kill-worker.js';

/** The long form is `npm run test:chaos`. */
const LONG = process.env.CHAOS === 'long';
const ABORTS = LONG ? 1000 : 60;
const CANCELS = LONG ? 200 : 15;
const TIMEOUT = { timeout: LONG ? 600_000 : 120_000 };
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const BODY = {
  params: {
    query: { filters: { typesCriterion: ['product', 'sku'] } },
    fields: { attributes: ['_ALL'] },
    rsconnect: { profiles: ['downloadDataJSONJob'] },
  },
};

/** Concurrent clients. */
const LANES = 8;

const random = randomFrom(SEED);
const below = (bound: number) => Math.floor(random() * bound);
let arena: Arena;
let jobs: Jobs;
let app: FastifyInstance;
let port = 0;
/** Called at each fault point; the attempt awaits it. */
let atFaultPoint: () => void | Promise<void> = () => {};
/** Emits the requests that have arrived at the server, by their `x-client`. */
let arrivals = new EventEmitter();
/** The end of each connection, response and stream. */
let endings: Promise<unknown>[] = [];
/** Responses that the server could not send completely. */
let cut = 0;

beforeEach(async () => {
  arena = await makeArena(20_000_000, 500_000);
  atFaultPoint = () => {};
  arrivals = new EventEmitter();
  endings = [];
  cut = 0;
  const { dataDir, source } = arena;
  jobs = await openJobs({
    ...{ dataDir, source },
    slice: { bytes: 500_000 },
    // Without compression, results are larger than the buffers of sockets.
    plan: { level: 0 },
    onFaultPoint: () => atFaultPoint(),
  });
  app = fastify();
  app.server.on('connection', (socket) => endings.push(closeOf(socket)));
  app.addHook('onRequest', async ({ headers }, { raw }) => {
    endings.push(closeOf(raw));
    raw.once('close', () => {
      if (!raw.writableFinished) cut++;
    });
    arrivals.emit(String(headers['x-client']));
  });
  app.addHook('onSend', async (_request, _reply, payload) => {
    if (payload instanceof Readable && !payload.closed) endings.push(closeOf(payload));
  });
  await app.register(sluiceHttp, { jobs, authenticate: 'none', rateLimit: false });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(async () => {
  await app.close();
  await jobs.close();
  await arena.dispose();
});

function closeOf(one: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => one.once('close', () => resolve()));
}

/** What the process holds: open files and sockets, if the system lists them, and active resources. */
async function held(): Promise<readonly string[]> {
  const alive = process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate');
  return [...alive, ...(await openFiles())];
}

async function openFiles(): Promise<readonly string[]> {
  if (!existsSync('/proc/self/fd')) return [];
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  // The listed folder itself is one of them, and closed by now.
  return (await Promise.all(links)).filter((path) => path !== '').map((path) => path.replace(/:\[\d+\]$/, ''));
}

/** Our open files: the source, parts, and everything in the data directory except the database. */
async function ourFiles(): Promise<readonly string[]> {
  return (await openFiles()).filter((path) => path.startsWith(arena.folder) && !/\/jobs\.lmdb(-lock)?$/.test(path));
}

/** What is held beyond an earlier state. */
function beyond(before: readonly string[], now: readonly string[]): readonly string[] {
  const known = [...before];
  return now.filter((one) => {
    const at = known.indexOf(one);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

/** Resolves once everything started has ended; by events, not by time. */
async function quiet(): Promise<void> {
  while (endings.length > 0) await Promise.all(endings.splice(0));
  // The database releases reads in a timer without delay: this one comes after it.
  await sleep(0);
  // Listeners of such an end run in the following turn.
  await turn();
}

async function temporaryFiles(): Promise<readonly string[]> {
  return (await readdir(arena.dataDir, { recursive: true })).filter((name) => name.endsWith('.tmp'));
}

/** Each on its own connection. */
function send(path: string, options: RequestOptions = {}, body?: unknown): ClientRequest {
  const asked = request({ port, host: '127.0.0.1', path, agent: false, ...options });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return asked;
}

async function ask(path: string, options: RequestOptions, body?: unknown) {
  const asked = send(path, options, body);
  const ended = closeOf(asked);
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  const content: unknown = await json(answer);
  await ended;
  return { status: answer.statusCode, headers: answer.headers, content };
}

/** The job in a response. */
function jobIn(content: unknown): { readonly state: string; readonly attempts: number } {
  const { state, attempts } = Object(content);
  return { state: String(state), attempts: Number(attempts) };
}

async function submit(): Promise<string> {
  const headers = { 'content-type': 'application/json', prefer: 'respond-async' };
  const { status, headers: answered } = await ask(DOWNLOAD, { method: 'POST', headers }, BODY);
  expect(status).toBe(202);
  return String(answered.location).slice('/jobs/'.length);
}

/** Reads some bytes of a response and disconnects; with none, as soon as the server has the request. */
async function takeAndLeave(path: string, client: string, bytes: number): Promise<void> {
  const arrived = once(arrivals, client);
  const asked = send(path, { headers: { 'x-client': client } });
  const ended = closeOf(asked);
  // A client that disconnects before the response gets an error.
  asked.on('error', () => {});
  if (bytes > 0) {
    const [answer]: IncomingMessage[] = await once(asked, 'response');
    expect(answer.statusCode).toBe(200);
    let taken = 0;
    await new Promise<void>((resolve) => {
      answer.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        if (taken >= bytes) resolve();
      });
      answer.on('end', () => resolve());
    });
  }
  await arrived;
  asked.destroy();
  await ended;
}

/** Repeats something, several at a time. */
async function inLanes(times: number, act: (count: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < times) await act(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Waits for passed fault points. */
const waiting = new Set<() => void>();

/** Resolves once so many were passed, by any job. */
function pointsPassed(points: number): Promise<void> {
  let left = points;
  return new Promise((resolve) => {
    const count = () => {
      if (left-- > 0) return;
      waiting.delete(count);
      resolve();
    };
    waiting.add(count);
  });
}

/** Holds the next running job at its nth fault point. */
function holdAt(nth: number) {
  let arrive: () => void = () => {};
  let release: () => void = () => {};
  const there = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  let hits = 0;
  atFaultPoint = () => {
    if (++hits < nth) return;
    arrive();
    return released;
  };
  return { there, release };
}

test(`${ABORTS} aborted downloads`, TIMEOUT, async () => {
  const tenant = jobs.forTenant('local');
  const done = await tenant.waitFor(await submit(), { timeoutMs: 60_000 });
  const [{ name, bytes }] = done.files;
  const ways = [`/jobs/${done.id}/files/${name}`, `/jobs/${done.id}/result`];
  // What is opened once for all requests is open from here on.
  for (const way of ways) await takeAndLeave(way, 'first', Number.POSITIVE_INFINITY);
  await quiet();
  const before = await held();
  // A client with all bytes may disconnect before the server knows: that is not a cut.
  cut = 0;

  const hold = holdAt(9);
  const running = await submit();
  await hold.there;
  await inLanes(ABORTS, async (count) => {
    const [early, events] = [below(10) === 0, below(5) === 0];
    const path = events ? `/jobs/${running}/events` : ways[below(2)];
    await takeAndLeave(path, `client-${count}`, early ? 0 : events ? 1 : 1 + below(bytes * 0.9));
  });
  const cancelled = ask(`/jobs/${running}`, { method: 'DELETE' });
  hold.release();
  expect(await cancelled).toMatchObject({ status: 200, content: { state: 'cancelled' } });
  await quiet();

  expect(beyond(before, await held())).toStrictEqual([]);
  expect(await ourFiles()).toStrictEqual([]);
  expect(await temporaryFiles()).toStrictEqual([]);
  expect(await jobsIn(join(arena.dataDir, 'results'))).toStrictEqual([done.id]);
  console.log(
    `leaks: seed ${SEED}, ${ABORTS} aborted downloads (${cut} cut in the middle) of ${bytes} bytes: ` +
      '0 files, 0 sockets, 0 timers more than before',
  );
});

test(`${CANCELS} cancels at random points`, TIMEOUT, async () => {
  const tenant = jobs.forTenant('local');
  let points = 0;
  atFaultPoint = () => {
    points++;
    for (const count of [...waiting]) count();
  };
  const first = await submit();
  await tenant.waitFor(first, { timeoutMs: 60_000 });
  const perJob = points;
  await ask(`/jobs/${first}`, { method: 'DELETE' });
  await quiet();
  const before = await held();

  const ended: { readonly state: string; readonly epoch: number }[] = [];
  const times: number[] = [];
  await inLanes(CANCELS, async () => {
    const id = await submit();
    // Some at once, while they may still be queued; four of all run at a time.
    const wanted = below(5) === 0 ? 0 : below(perJob * 4);
    const leaving = new AbortController();
    if (wanted > 0) await Promise.race([pointsPassed(wanted), tenant.waitFor(id, { signal: leaving.signal })]);
    leaving.abort();
    const start = performance.now();
    const { status, content } = await ask(`/jobs/${id}`, { method: 'DELETE' });
    times.push(performance.now() - start);
    // After the response, nothing of the job is left.
    expect(existsSync(join(arena.dataDir, 'results', id))).toBe(false);
    const { state, attempts } = jobIn(content);
    expect({ status, content }).toMatchObject({ status: 200, content: { id } });
    // Of a job that was done before the cancellation, not even the row is left.
    const left = await tenant.get(id).catch((error: unknown) => error);
    expect(left).toMatchObject(state === 'cancelled' ? { state } : { code: 'NO_SUCH_JOB' });
    ended.push({ state, epoch: attempts });
  });
  await quiet();

  // Jobs that were done before the cancellation have lost their results.
  expect(ended.filter(({ state }) => state !== 'cancelled' && state !== 'expired')).toStrictEqual([]);
  expect(beyond(before, await held())).toStrictEqual([]);
  // Neither the source nor a part is open.
  expect(await ourFiles()).toStrictEqual([]);
  expect(await jobsIn(join(arena.dataDir, 'results'))).toStrictEqual([]);
  const cancelled = ended.filter(({ state }) => state === 'cancelled');
  const running = cancelled.filter(({ epoch }) => epoch > 0).length;
  const sorted = times.sort((a, b) => a - b);
  console.log(
    `leaks: seed ${SEED}, ${CANCELS} cancels (${running} of running jobs, ${cancelled.length - running} of waiting ones, ` +
      `${ended.length - cancelled.length} of done ones): 0 files left or open, 0 timers more than before; ` +
      `half of them took up to ${sorted[Math.floor(sorted.length / 2)].toFixed(0)} ms, the slowest ${sorted.at(-1)?.toFixed(0)} ms`,
  );
});
