/** The contract of deliveries of all engines: added with the end of a job, claimed by one, kept until they are forgotten. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobEngine } from '../../src/jobs/engine.js';
import type { EngineUnderTest, MakeEngine } from './job-engine.cases.js';

const [ONE, TWO] = ['https://one.example/hook', 'https://two.example/hook'];

export function deliveriesCases(name: string, make: MakeEngine): void {
  describe(`deliveries of the engine of jobs: ${name}`, () => {
    let time = 1_000;
    let under: EngineUnderTest;
    let engine: JobEngine;

    beforeEach(async () => {
      time = 1_000;
      under = await make({ running: 5, queued: 5, maxAttempts: 1 }, () => time);
      engine = under.engine;
    });
    afterEach(() => under.dispose());

    const submit = async (webhooks?: readonly string[], tenant = 'acme') =>
      (await engine.submit({ id: randomUUID(), tenant, request: {}, webhooks })).row.id;
    const claimed = async () => {
      const row = await engine.claim();
      if (!row) throw new Error('nothing to claim');
      return row;
    };
    const all = async () => (await engine.deliveries.list('acme', { limit: 500 })).deliveries;

    test('are added when a job ends, with what is known then, one for each address', async () => {
      const id = await submit([ONE, TWO]);
      await submit();
      const { epoch } = await claimed();
      expect(await all()).toStrictEqual([]);
      time = 2_000;
      const progress = { read: 7, written: 3, bytesIn: 1, bytesPerSecond: 1, recordsPerSecond: 1 };
      await engine.finish(id, epoch, { state: 'completed', progress, expiresAt: 5_000 });
      engine = await under.reopen();
      // Neither the end of a result nor the deletion of its job is told, or takes back what was told.
      time = 6_000;
      await engine.expire();
      await engine.remove(id);
      const deliveries = await all();
      expect(deliveries.map(({ url }) => url).sort()).toStrictEqual([ONE, TWO]);
      expect(deliveries[0]).toMatchObject({
        tenant: 'acme',
        job: { id, state: 'completed', createdAt: 1_000, endedAt: 2_000, read: 7, written: 3 },
        ...{ state: 'pending', attempts: 0, createdAt: 2_000, nextAt: 2_000 },
      });
      expect(new Set(deliveries.map((one) => one.id)).size).toBe(2);
      expect((await engine.deliveries.list('other', { limit: 5 })).deliveries).toStrictEqual([]);
    });

    test('are added for jobs that are cancelled, fail, or have lost their attempts', async () => {
      const cancelled = await submit([ONE]);
      await engine.cancel(cancelled);
      await engine.cancel(cancelled);
      const failed = await submit([ONE]);
      const row = await claimed();
      await engine.finish(failed, row.epoch, { state: 'failed', error: { code: 'DISK_FULL', message: 'x' } });
      const lost = await submit([ONE]);
      await claimed();
      engine = await under.die();
      const told = (await all()).map(({ job }) => [job.id, job.state, job.error]);
      expect(told.sort()).toStrictEqual(
        [
          [cancelled, 'cancelled', undefined],
          [failed, 'failed', 'DISK_FULL'],
          [lost, 'failed', 'ATTEMPTS_EXHAUSTED'],
        ].sort(),
      );
    });

    test('are claimed once they are due, each by one, and again after the lease', async () => {
      await engine.cancel(await submit([ONE, TWO]));
      const { deliveries } = engine;
      expect(await deliveries.nextAt()).toBe(1_000);
      expect(await deliveries.claim(999, 100, 10)).toStrictEqual([]);
      const both = await Promise.all([deliveries.claim(1_000, 100, 10), deliveries.claim(1_000, 100, 10)]);
      expect(both.flat().map(({ attempts }) => attempts)).toStrictEqual([1, 1]);
      expect(await deliveries.nextAt()).toBe(1_100);
      const [again] = await deliveries.claim(1_100, 100, 1);
      expect(again.attempts).toBe(2);
      // The attempt that was presumed dead ends late: it changes nothing.
      await deliveries.settle(again.id, 1, { state: 'failed', endedAt: 1_100, error: 'late' });
      await deliveries.settle(again.id, 2, { state: 'delivered', endedAt: 1_150 });
      const [other] = await deliveries.claim(1_100, 100, 10);
      await deliveries.settle(other.id, other.attempts, { state: 'pending', nextAt: 3_000, error: 'responded 500' });
      engine = await under.reopen();
      expect(await engine.deliveries.claim(2_999, 100, 10)).toStrictEqual([]);
      const states = Object.fromEntries((await all()).map(({ id, ...rest }) => [id, rest]));
      expect(states[again.id]).toMatchObject({ state: 'delivered', endedAt: 1_150 });
      expect(states[other.id]).toMatchObject({ state: 'pending', nextAt: 3_000, error: 'responded 500' });
      expect(await engine.deliveries.claim(3_000, 100, 10)).toMatchObject([{ id: other.id, attempts: 3 }]);
    });

    test('do not wait for a clock that was set back', async () => {
      await engine.cancel(await submit([ONE, TWO]));
      const { deliveries } = engine;
      const [later, near] = await deliveries.claim(1_000, 100, 10);
      await deliveries.settle(later.id, 1, { state: 'pending', nextAt: 9_000, error: 'responded 500' });
      await deliveries.settle(near.id, 1, { state: 'pending', nextAt: 1_500, error: 'responded 500' });
      expect(await deliveries.claim(1_000, 100, 10, [], 9_000)).toStrictEqual([]);
      expect(await deliveries.claim(1_000, 100, 10, [], 8_999)).toMatchObject([{ id: later.id, attempts: 2 }]);
      const both = await deliveries.claim(1_500, 100, 1, [], 9_499);
      expect(both).toHaveLength(1);
    });

    test('of other tenants are claimed beside those of one that has its share', async () => {
      await engine.cancel(await submit([ONE, TWO], 'acme'));
      time++;
      await engine.cancel(await submit([ONE], 'other'));
      time++;
      await engine.cancel(await submit([ONE], 'zoo'));
      const { deliveries } = engine;
      expect(await deliveries.nextAt(['acme'])).toBe(1_001);
      expect(await deliveries.nextAt(['acme', 'other'])).toBe(1_002);
      expect(await deliveries.nextAt(['acme', 'other', 'zoo'])).toBeUndefined();
      const beside = await deliveries.claim(time, 100, 10, ['acme', 'zoo']);
      expect(beside.map(({ tenant }) => tenant)).toStrictEqual(['other']);
      const rest = await deliveries.claim(time, 100, 10);
      expect(rest.map(({ tenant }) => tenant).sort()).toStrictEqual(['acme', 'acme', 'zoo']);
    });

    test('are listed by state, page by page, sent again on demand, and forgotten in time', async () => {
      for (let count = 0; count < 3; count++) {
        time++;
        await engine.cancel(await submit([ONE]));
      }
      const { deliveries } = engine;
      const [first] = await deliveries.claim(time, 100, 1);
      await deliveries.settle(first.id, 1, { state: 'failed', endedAt: 2_000, error: 'gone' });
      const page = await deliveries.list('acme', { state: 'pending', limit: 1 });
      const next = await deliveries.list('acme', { state: 'pending', limit: 1, after: page.next });
      expect([...page.deliveries, ...next.deliveries].map(({ createdAt }) => createdAt)).toStrictEqual([1_003, 1_002]);
      expect(next.next).toBeUndefined();
      await expect(deliveries.list('acme', { limit: 1, after: 'x' })).rejects.toMatchObject({ path: 'after' });
      const failed = await deliveries.list('acme', { state: 'failed', limit: 5 });
      expect(failed.deliveries).toMatchObject([{ id: first.id, error: 'gone' }]);
      expect(await deliveries.redeliver('other', first.id, 3_000)).toBeUndefined();
      expect(await deliveries.redeliver('acme', first.id, 3_000)).toMatchObject({ state: 'pending', attempts: 0 });
      expect((await all())[0].id).toBe(first.id);
      await deliveries.forget(9_000);
      expect(await all()).toHaveLength(3);
      const due = await deliveries.claim(3_000, 100, 10);
      expect(due.map(({ id }) => id)).toContain(first.id);
      for (const { id, attempts } of due) await deliveries.settle(id, attempts, { state: 'delivered', endedAt: 4_000 });
      await deliveries.forget(4_000);
      expect(await all()).toHaveLength(3);
      await deliveries.forget(4_001);
      expect(await all()).toStrictEqual([]);
      expect(await deliveries.nextAt()).toBeUndefined();
    });
  });
}
