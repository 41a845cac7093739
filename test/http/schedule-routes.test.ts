/** Schedules over HTTP, and by the client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { type Jobs, openJobs } from '../../src/jobs.js';
import { ACME, type CheckedServer, OTHER, openServer } from './checked-server.js';

let folder: string;
let jobs: Jobs;
let server: CheckedServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  jobs = await openJobs({ dataDir: folder, source: '{"id":"1"}', concurrency: 0 });
  server = await openServer({ jobs, prefix: '/v1' });
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

const NIGHTLY = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', name: 'nightly', priority: 2 };

test('a schedule is added, listed, run and deleted by its tenant only', async () => {
  const added = await server.post('/v1/schedules', { ...NIGHTLY, request: { types: ['t'] } });
  const { id } = added.json();
  expect([added.statusCode, added.headers.location]).toStrictEqual([201, `/v1/schedules/${id}`]);
  expect(added.json()).toMatchObject({ ...NIGHTLY, request: { types: ['t'] }, runs: 0, leftOut: 0 });
  const url = `/v1/schedules/${id}`;
  const theirs = { headers: { authorization: `Bearer ${OTHER}` } };
  for (const asked of [
    { method: 'GET', url },
    { method: 'DELETE', url },
    { method: 'POST', url: `${url}/run` },
    { method: 'POST', url: `${url}/pause` },
    { method: 'POST', url: `${url}/resume` },
  ] as const) {
    const refused = await server.ask({ ...asked, ...theirs });
    expect([refused.statusCode, refused.json().code]).toStrictEqual([404, 'NO_SUCH_SCHEDULE']);
  }
  expect((await server.ask({ method: 'GET', url: '/v1/schedules', ...theirs })).json()).toStrictEqual({
    schedules: [],
  });
  const run = await server.ask({ method: 'POST', url: `${url}/run` });
  expect([run.statusCode, run.json()]).toMatchObject([201, { schedule: id, priority: 2, request: { types: ['t'] } }]);
  expect((await server.ask({ method: 'POST', url: `${url}/run` })).statusCode).toBe(429);
  const [listed] = (await server.get('/v1/schedules')).json().schedules;
  expect(listed).toMatchObject({ id, lastJob: run.json().id });
  expect(listed).not.toHaveProperty('request');
  expect((await server.ask({ method: 'DELETE', url })).json()).toMatchObject({ id });
  expect((await server.get(url)).statusCode).toBe(404);
});

test('the client does the same; faults have their path', async () => {
  const address = await server.app.listen({ port: 0, host: '127.0.0.1' });
  const client = createClient({ server: `${address}/v1`, token: ACME });
  await expect(client.addSchedule({ cron: '61 * * * *', request: {} })).rejects.toMatchObject({ code: 'INVALID' });
  const { id } = await client.addSchedule({ everyMs: 3_600_000, request: { types: ['t'] } });
  expect(await client.getSchedule(id)).toMatchObject({ everyMs: 3_600_000, request: { types: ['t'] } });
  expect(await client.runSchedule(id)).toMatchObject({ schedule: id, state: 'queued' });
  expect(await client.schedules()).toMatchObject([{ id, runs: 0 }]);
  expect(await client.pauseSchedule(id)).toMatchObject({ id, paused: true });
  expect(await client.schedules()).toMatchObject([{ id, paused: true }]);
  expect(await client.resumeSchedule(id)).toMatchObject({ id, paused: false });
  await client.removeSchedule(id);
  expect(await client.schedules()).toStrictEqual([]);
});
