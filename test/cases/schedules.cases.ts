/** Schedules over all engines: one job for each due time, one at a time, whatever dies in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine } from '../../src/jobs/engine.js';
import type { Scheduler } from '../../src/jobs/scheduler.js';
import type { StoredJobs } from '../../src/jobs/stored-jobs.js';
import { engineWith } from '../jobs/engine-with.js';
import { schedulesOver } from '../jobs/schedule-parts.js';
import { untyped } from '../untyped.js';
import type { EngineUnderTest, MakeEngine } from './job-engine.cases.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const OTHER_ID = '7b0c3f6e-0d5c-4f4c-9f53-3a3a54e1a001';

export function schedulesCases(name: string, make: MakeEngine): void {
  describe(`schedules of the engine of jobs: ${name}`, () => {
    let time = START;
    let under: EngineUnderTest;
    let engine: JobEngine;
    let folder: string;
    let scheduler: Scheduler;
    let of: (tenant: string) => StoredJobs;

    const use = (used: JobEngine) => {
      engine = used;
      ({ scheduler, of } = schedulesOver(used, folder, () => time));
    };
    beforeEach(async () => {
      time = START;
      folder = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
      under = await make({ running: 2, queued: 5 }, () => time);
      use(under.engine);
    });
    afterEach(async () => {
      await under.dispose();
      await rm(folder, { recursive: true });
    });

    const jobs = async () => (await of('acme').list()).jobs;
    const end = async (id = '') => void (await engine.cancel(id));
    const look = (id: string) => of('acme').schedules.get(id);

    test('submit their request when they are due, once for what was missed, and are kept over a restart', async () => {
      const request = { types: ['t'], delta: { against: 'previous' as const } };
      const given = { everyMs: MINUTE, request, name: 'each', priority: 3, submittedBy: 'ann' };
      const { id, nextAt } = await of('acme').schedules.add(given);
      expect(nextAt).toBe(START + MINUTE);
      time = nextAt - 1;
      expect(await scheduler.runDue()).toBe(0);
      time = nextAt;
      expect(await scheduler.runDue()).toBe(1);
      const [job] = await jobs();
      expect(job).toMatchObject({ priority: 3, facts: { schedule: id, submittedBy: 'ann', types: ['t'] } });
      expect(await look(id)).toMatchObject({ name: 'each', runs: 1, leftOut: 0, lastJob: job.id, lastRunAt: nextAt });
      await end(job.id);
      use(await under.reopen());
      time = START + 10 * MINUTE + 7;
      expect([await scheduler.runDue(), await scheduler.runDue()]).toStrictEqual([1, 0]);
      expect(await jobs()).toHaveLength(2);
      expect(await look(id)).toMatchObject({ runs: 2, nextAt: START + 11 * MINUTE });
      // Deltas of another schedule with the same request are another chain.
      const chains = (await jobs()).map(({ facts }) => facts?.deltaChain);
      expect(new Set(chains).size).toBe(1);
      const other = await of('acme').schedules.add(given);
      const { job: run } = await of('acme').schedules.run(other.id);
      expect(chains).not.toContain(run.facts?.deltaChain);
    });

    test('submit nothing while they are paused, and resume at their next usual time', async () => {
      const { id } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      const { schedules } = of('acme');
      expect(await schedules.pause(id)).toMatchObject({ paused: true });
      expect([await engine.schedules.nextAt(), await engine.schedules.pause('other', id)]).toStrictEqual([
        undefined,
        false,
      ]);
      // Its process dies while it is run on demand.
      expect(await engine.schedules.take('acme', id, time, 1)).toMatchObject({ id });
      time = START + 5 * MINUTE;
      use(await under.reopen());
      expect(await scheduler.runDue()).toBe(0);
      const { job } = await of('acme').schedules.run(id);
      expect(await of('acme').schedules.list()).toMatchObject([{ id, paused: true, lastJob: job.id }]);
      await end(job.id);
      const resumed = await of('acme').schedules.resume(id);
      expect([resumed.paused, resumed.nextAt]).toStrictEqual([undefined, START + 6 * MINUTE]);
      expect(await scheduler.runDue()).toBe(0);
      time = START + 6 * MINUTE;
      // Paused after it was taken: the job is there, and the next one is not.
      const [taken] = await engine.schedules.claim(time, MINUTE, 1);
      await of('acme').schedules.pause(id);
      await engine.schedules.settle(taken.nextAt, { ...taken, nextAt: time + MINUTE, runs: 1 });
      expect(await look(id)).toMatchObject({ paused: true, runs: 1 });
      expect(await engine.schedules.nextAt()).toBe(undefined);
    });

    test('are left out while the job before has not ended, and counted', async () => {
      const { id } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      for (time += MINUTE; time <= START + 3 * MINUTE; time += MINUTE) await scheduler.runDue();
      const [job, ...others] = await jobs();
      expect(others).toStrictEqual([]);
      expect(await look(id)).toMatchObject({ runs: 1, leftOut: 2, lastJob: job.id });
      await expect(of('acme').schedules.run(id)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      await end(job.id);
      const { job: again } = await of('acme').schedules.run(id);
      expect(await look(id)).toMatchObject({ runs: 1, lastJob: again.id, nextAt: START + 4 * MINUTE });
    });

    test('of all tenants are found, without their requests', async () => {
      const { id } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      const { id: other } = await of('other').schedules.add({ everyMs: MINUTE, request: {} });
      await of('other').schedules.pause(other);
      const all = await engine.schedules.all();
      const { request: _, ...shown } = await look(id);
      expect(all.find((one) => one.id === id)).toMatchObject(shown);
      expect(all.find((one) => one.id === id)).not.toHaveProperty('request');
      expect(all.find((one) => one.id === other)).toMatchObject({ tenant: 'other', paused: true });
    });

    test('submit one job when two are at it, and when the first dies before it notes its submission', async () => {
      const { id, nextAt } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      time = nextAt;
      const dying = engineWith(engine, {
        schedules: {
          claim: (...which) => engine.schedules.claim(...which),
          take: (...which) => engine.schedules.take(...which),
          settle: () => Promise.reject(new Error('killed')),
          add: (...which) => engine.schedules.add(...which),
          get: (...which) => engine.schedules.get(...which),
          list: (tenant) => engine.schedules.list(tenant),
          all: () => engine.schedules.all(),
          remove: (...which) => engine.schedules.remove(...which),
          pause: (...which) => engine.schedules.pause(...which),
          nextAt: () => engine.schedules.nextAt(),
        },
      });
      const first = schedulesOver(dying, folder, () => time).scheduler;
      const counts = await Promise.all([first.runDue(), first.runDue()]);
      expect(counts.sort()).toStrictEqual([0, 1]);
      expect(await look(id)).toMatchObject({ runs: 0, nextAt });
      const [job] = await jobs();
      // Ended or not, the next process finds it.
      time += 5_000;
      expect(await scheduler.runDue()).toBe(0);
      time = (await engine.schedules.nextAt()) ?? 0;
      expect(await scheduler.runDue()).toBe(1);
      expect(await jobs()).toMatchObject([{ id: job.id }]);
      expect(await look(id)).toMatchObject({ runs: 1, leftOut: 0, lastJob: job.id, lastRunAt: nextAt });
    });

    test('submit one job for calls that run one at the same time, and beside the time that it is due', async () => {
      const { id, nextAt } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      const run = () =>
        of('acme')
          .schedules.run(id)
          .then(
            () => 'submitted',
            ({ code }) => code,
          );
      expect((await Promise.all([run(), run(), run()])).sort()).toStrictEqual([
        'TOO_MANY_REQUESTS',
        'TOO_MANY_REQUESTS',
        'submitted',
      ]);
      await end((await jobs())[0].id);
      time = nextAt;
      await Promise.all([run(), scheduler.runDue(), run()]);
      expect(await jobs()).toHaveLength(2);
      await end((await jobs())[0].id);
      // It is free again, after a refusal too.
      time++;
      expect(await run()).toBe('submitted');
      expect(await run()).toBe('TOO_MANY_REQUESTS');
      await end((await jobs())[0].id);
      expect(await run()).toBe('submitted');
    });

    test('of other tenants are run while a function of one never returns', async () => {
      const never = (tenant: string) => (tenant === 'hung' ? new Promise<void>(() => {}) : Promise.resolve());
      const { scheduler: waiting } = schedulesOver(engine, folder, () => time, never);
      for (const tenant of ['hung', 'acme']) await of(tenant).schedules.add({ everyMs: MINUTE, request: {} });
      time += MINUTE;
      void waiting.runDue();
      await expect.poll(async () => (await jobs()).length, { timeout: 20_000 }).toBe(1);
    });

    test('are due as before where a process dies while it runs one on demand', async () => {
      const { id, nextAt } = await of('acme').schedules.add({ everyMs: 10 * MINUTE, request: {} });
      expect(await engine.schedules.take('acme', id, time, MINUTE)).toMatchObject({ id, request: {} });
      expect(await engine.schedules.take('acme', id, time, MINUTE)).toBeUndefined();
      expect(await engine.schedules.take('other', id, time, MINUTE)).toBeUndefined();
      await expect(of('acme').schedules.run(id)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      time += MINUTE;
      await scheduler.runDue();
      expect(await jobs()).toStrictEqual([]);
      expect(await look(id)).toMatchObject({ nextAt, runs: 0 });
      await of('acme').schedules.run(id);
      time = nextAt;
      await scheduler.runDue();
      expect(await look(id)).toMatchObject({ leftOut: 1, nextAt: nextAt + 10 * MINUTE });
      // One that is paused stays so.
      await of('acme').schedules.pause(id);
      await engine.schedules.take('acme', id, time, MINUTE);
      time += 60 * MINUTE;
      await scheduler.runDue();
      expect(await look(id)).toMatchObject({ paused: true, leftOut: 1 });
      expect(await engine.schedules.nextAt()).toBeUndefined();
    });

    test('note why a run was refused, and go on', async () => {
      const full = await Promise.all(Array.from({ length: 5 }, () => of('acme').submit({ request: {} })));
      const { id } = await of('acme').schedules.add({ everyMs: MINUTE, request: {} });
      time += MINUTE;
      await scheduler.runDue();
      expect(await look(id)).toMatchObject({ runs: 0, lastError: { code: 'TOO_MANY_REQUESTS' } });
      for (const { job } of full) await end(job.id);
      time += MINUTE;
      await scheduler.runDue();
      expect(await look(id)).toMatchObject({ runs: 1 });
      expect(await look(id)).not.toHaveProperty('lastError');
    });

    test('are listed, got, run and deleted by their tenant only', async () => {
      const { schedules } = of('acme');
      const cron = { cron: '0 2 * * 1', timeZone: 'Europe/Berlin' };
      const first = await schedules.add({ ...cron, request: { types: ['t'] } });
      time++;
      const second = await schedules.add({ everyMs: MINUTE, request: {} });
      const { request, ...summary } = first;
      expect(request).toStrictEqual({ types: ['t'] });
      expect((await schedules.list())[0]).toStrictEqual(summary);
      expect((await schedules.list()).map(({ id }) => id)).toStrictEqual([first.id, second.id]);
      const theirs = of('other').schedules;
      expect(await theirs.list()).toStrictEqual([]);
      for (const id of [first.id, OTHER_ID, 'x']) {
        for (const act of ['get', 'remove', 'run'] as const) {
          await expect(theirs[act](id)).rejects.toMatchObject({ code: 'NO_SUCH_SCHEDULE' });
        }
      }
      expect(await engine.schedules.add({ ...first, id: OTHER_ID }, 2)).toBe(false);
      expect(await schedules.remove(first.id)).toStrictEqual(first);
      await expect(schedules.get(first.id)).rejects.toMatchObject({ code: 'NO_SUCH_SCHEDULE' });
      await schedules.remove(second.id);
      time += 10 * MINUTE;
      expect(await scheduler.runDue()).toBe(0);
      expect(await engine.schedules.nextAt()).toBeUndefined();
    });

    test('are refused with the faults of their request, times and webhook', async () => {
      const { schedules } = of('acme');
      const refused: readonly (readonly [object, object])[] = [
        [{ everyMs: MINUTE }, { path: 'request' }],
        [{ everyMs: 999, request: {} }, { path: 'everyMs' }],
        [{ cron: 'x', request: {} }, { path: 'cron' }],
        [{ cron: `${'0,'.repeat(200)}0 0 * * *`, request: {} }, { path: 'cron' }],
        [{ everyMs: MINUTE, request: { typo: 1 } }, { code: 'UNKNOWN_KEY' }],
        [{ everyMs: MINUTE, request: {}, every: 1 }, { code: 'UNKNOWN_KEY' }],
        [{ everyMs: MINUTE, request: { profile: 'none' } }, { code: 'UNKNOWN_PROFILE' }],
        [{ everyMs: MINUTE, request: {}, webhook: 'http://127.0.0.1/' }, { path: 'webhook' }],
        [{ everyMs: MINUTE, request: {}, priority: 101 }, { path: 'priority' }],
      ];
      for (const [given, error] of refused) {
        await expect(schedules.add(untyped(given))).rejects.toMatchObject(error);
      }
      expect(await schedules.list()).toStrictEqual([]);
    });
  });
}
