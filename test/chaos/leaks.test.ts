/** Clients that go away and jobs that are cancelled: nothing of them stays, neither handle nor file nor timer. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { request } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sluiceHttp } from '../../src/http/plugin.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { type Arena, makeArena, randomFrom } from './kill-worker.js';

/** The long form is `npm run test:chaos`. */
const LONG = process.env.CHAOS === 'long';
const ABORTS = LONG ? 1000 : 60;
const CANCELS = LONG ? 200 : 15;
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

const random = randomFrom(SEED);
let arena: Arena;
let jobs: Jobs;
let app: FastifyInstance;
let port = 0;
/** Called at the next fault point, to cancel in the middle of things. */
let atFaultPoint: () => void = () => {};

beforeEach(async () => {
  arena = await makeArena(20_000_000, 1_000_000);
  jobs = await openJobs({
    dataDir: arena.dataDir,
    source: arena.source,
    slice: { bytes: 500_000 },
    onFaultPoint: () => atFaultPoint(),
  });
  app = fastify();
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

/** What the process has open below the folder, where the system tells it: neither the database nor the socket. */
async function openFiles(): Promise<readonly string[]> {
  if (!existsSync('/proc/self/fd')) return [];
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(arena.folder) && !/jobs\.lmdb|owner-/.test(path));
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => /Timeout|FSReq/.test(kind)).length;

/** All connections of the server are gone; told by the server, not by time. */
async function noConnections(): Promise<void> {
  const count = () => new Promise<number>((resolve) => app.server.getConnections((_, open) => resolve(open)));
  while ((await count()) > 0) await turn();
}

/** Takes some bytes of an answer and goes away. */
async function takeAndLeave(path: string, bytes: number): Promise<void> {
  const asked = request({ port, host: '127.0.0.1', path, agent: false });
  asked.end();
  const [answer] = await once(asked, 'response');
  let taken = 0;
  await new Promise<void>((resolve) => {
    answer.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken >= bytes) resolve();
    });
    answer.on('end', resolve);
    answer.on('error', () => resolve());
  });
  asked.destroy();
}

test(`${ABORTS} aborted downloads`, { timeout: 600_000 }, async () => {
  const tenant = jobs.of('local');
  const { id, files } = await tenant.settled((await tenant.submit({ request: {} })).job.id, 60_000);
  const before = timers();
  const paths = [`/jobs/${id}/files/${files[0].name}`, `/jobs/${id}/result`, `/jobs/${id}/events`];
  for (let count = 0; count < ABORTS; count += 10) {
    const batch = Array.from({ length: 10 }, () =>
      takeAndLeave(paths[Math.floor(random() * paths.length)], Math.floor(random() * files[0].bytes)),
    );
    await Promise.all(batch);
  }
  await noConnections();
  // Streams that were destroyed close their files in the turns that follow.
  while ((await openFiles()).length > 0) await turn();
  expect(timers()).toBeLessThanOrEqual(before);
  expect((await readdir(arena.dataDir, { recursive: true })).filter((name) => name.endsWith('.tmp'))).toStrictEqual([]);
  console.log(`leaks: seed ${SEED}, ${ABORTS} aborted downloads: 0 files open, 0 timers more than before`);
});

test(`${CANCELS} cancels at random points`, { timeout: 600_000 }, async () => {
  const tenant = jobs.of('local');
  let slowest = 0;
  const states: string[] = [];
  for (let count = 0; count < CANCELS; count++) {
    let points = Math.floor(random() * 40);
    const reached = new Promise<void>((resolve) => {
      atFaultPoint = () => {
        if (points-- <= 0) resolve();
      };
    });
    const { job } = await tenant.submit({ request: {} });
    await Promise.race([reached, tenant.settled(job.id, 60_000)]);
    const start = performance.now();
    const answer = await app.inject({ method: 'DELETE', url: `/jobs/${job.id}`, remoteAddress: '127.0.0.1' });
    slowest = Math.max(slowest, performance.now() - start);
    expect(answer.statusCode).toBe(200);
    states.push(answer.json().state);
  }
  expect(states.filter((state) => state !== 'cancelled' && state !== 'expired')).toStrictEqual([]);
  // Neither the source nor a part is open, and no file of any of the jobs is there.
  while ((await openFiles()).length > 0) await turn();
  expect(await readdir(`${arena.dataDir}/results`)).toStrictEqual([]);
  console.log(
    `leaks: seed ${SEED}, ${CANCELS} cancels (${states.filter((state) => state === 'cancelled').length} while running): ` +
      `0 files left, 0 files open; the slowest took ${slowest.toFixed(0)} ms`,
  );
});
