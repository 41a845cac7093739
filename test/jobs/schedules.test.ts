/** Schedules of a service in a folder: it runs what was missed while it was down, and each run has what changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { openJobs } from '../../src/jobs/open-jobs.js';
import { bytes } from '../../src/sources/bytes.js';
import { schedulesOver } from './schedule-parts.js';

const HOUR = 3_600_000;

test('a service runs once what was missed while it was down; each run has what has changed', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  let time = Date.UTC(2026, 0, 1);
  let lines = '{"id":"1"}\n{"id":"2"}\n';
  const open = () => openJobs({ dataDir, source: () => bytes(Buffer.from(lines)), now: () => time });
  let jobs = await open();
  const profile = { name: 'lines', format: 'ndjson', pack: 'none' } as const;
  const request = { delta: { against: 'previous' }, profile } as const;
  const { id } = await jobs.forTenant('acme').schedules.add({ everyMs: HOUR, request });
  const results: string[] = [];
  for (let run = 1; run <= 2; run++) {
    await jobs.close();
    time += 5 * HOUR;
    jobs = await open();
    const acme = jobs.forTenant('acme');
    const runs = async () => (await acme.schedules.get(id)).runs;
    await expect.poll(runs, { timeout: 30_000, interval: 20 }).toBe(run);
    const { lastJob = '' } = await acme.schedules.get(id);
    const { files } = await acme.waitFor(lastJob);
    results.push(await text(await acme.openFile(lastJob, files[0].name)));
    lines = '{"id":"2"}\n{"id":"3"}\n';
  }
  expect(results).toStrictEqual(['{"id":"1"}\n{"id":"2"}\n', '{"id":"3"}\n{"id":"1","action":"delete"}\n']);
  expect((await jobs.forTenant('acme').list()).jobs).toHaveLength(2);
  expect(await jobs.forTenant('acme').schedules.get(id)).toMatchObject({ runs: 2, leftOut: 0 });
  await jobs.close();
  await rm(dataDir, { recursive: true });
});

test.each([
  ['by an hour, schedules wait for the time at which they were due', HOUR, 0],
  ['by a year, they are due at their next usual time', 365 * 24 * HOUR, 1],
])('after the clock was set back %s', async (_, back, expected) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  const start = Date.UTC(2026, 0, 1);
  const folder = join(dataDir, 'results');
  for (const isRestarted of [false, true]) {
    let time = start;
    let engine = await openEmbeddedEngine(join(dataDir, `${isRestarted}`), { running: 1, queued: 9 }, () => time);
    let { scheduler, of } = schedulesOver(engine, folder, () => time);
    await scheduler.runDue();
    const { id: hourly } = await of('acme').schedules.add({ everyMs: HOUR, request: {} });
    const { id: daily } = await of('acme').schedules.add({ cron: '30 5 * * *', request: {} });
    time -= back;
    if (isRestarted) {
      await engine.close();
      engine = await openEmbeddedEngine(join(dataDir, 'true'), { running: 1, queued: 9 }, () => time);
      ({ scheduler, of } = schedulesOver(engine, folder, () => time));
    }
    await scheduler.runDue();
    time += HOUR;
    await scheduler.runDue();
    const { schedules } = of('acme');
    expect(await schedules.get(hourly)).toMatchObject({ runs: expected });
    const due = expected === 0 ? start + 5.5 * HOUR : start - back + 5.5 * HOUR;
    expect((await schedules.get(daily)).nextAt).toBe(due);
    await engine.close();
  }
  await rm(dataDir, { recursive: true });
});

test('a schedule whose process died while it was submitted is due at once where the folder is opened again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  const open = () => openEmbeddedEngine(dataDir, { running: 1, queued: 1 }, Date.now);
  let engine = await open();
  const schedule = {
    id: 'one',
    tenant: 'acme',
    request: {},
    everyMs: HOUR,
    createdAt: 0,
    nextAt: 5,
    runs: 0,
    leftOut: 0,
  };
  await engine.schedules.add(schedule, 1);
  expect(await engine.schedules.claim(10, HOUR, 1)).toHaveLength(1);
  expect(await engine.schedules.claim(10, HOUR, 1)).toHaveLength(0);
  await engine.close();
  engine = await open();
  expect(await engine.schedules.nextAt()).toBe(5);
  expect(await engine.schedules.claim(10, HOUR, 1)).toMatchObject([{ id: 'one', nextAt: 5 }]);
  await engine.close();
  await rm(dataDir, { recursive: true });
});
