/** The contract of all engines of jobs. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineLimits, JobEngine, Outcome, WholeRow } from '../../src/jobs/engine.js';
import type { JobProgress } from '../../src/jobs/job.js';

/** An engine under test. */
export interface EngineUnderTest {
  readonly engine: JobEngine;
  /** Closes and reopens it over the same jobs. */
  reopen(): Promise<JobEngine>;
  /** Another engine over the same jobs, after the death of the process that held claims. */
  die(): Promise<JobEngine>;
  dispose(): Promise<void>;
}

export type MakeEngine = (limits: EngineLimits, now: () => number) => Promise<EngineUnderTest>;

const PROGRESS: JobProgress = { read: 5, written: 3, bytesIn: 700, bytesPerSecond: 10, recordsPerSecond: 1 };
const CHECKPOINT = {
  state: { name: 'state-00001-e1', bytes: 3 },
  parts: [{ name: 'part-00000-e1', bytes: 9 }],
  rejects: [],
};
const DONE: Outcome = {
  state: 'completed',
  files: [{ name: 'a.zip', mediaType: 'application/zip', bytes: 9, sha256: 'ab', parts: CHECKPOINT.parts }],
  expiresAt: 5_000,
};

export function jobEngineCases(name: string, make: MakeEngine): void {
  describe(`engine of jobs: ${name}`, () => {
    let time = 1_000;
    let under: EngineUnderTest;
    let engine: JobEngine;

    beforeEach(async () => {
      time = 1_000;
      under = await make({ running: 2, queued: 5 }, () => time);
      engine = under.engine;
    });
    afterEach(() => under.dispose());

    async function submit(tenant = 'acme', idempotencyKey?: string, request: unknown = {}): Promise<string> {
      time++;
      const id = randomUUID();
      const key = idempotencyKey === undefined ? {} : { idempotencyKey };
      return (await engine.submit({ id, tenant, request, ...key })).row.id;
    }

    async function claimed(): Promise<WholeRow> {
      const row = await engine.claim();
      if (!row) throw new Error('nothing was there to claim');
      return row;
    }

    test('stores a submitted job as queued, also after the death of the process', async () => {
      const id = await submit('acme', 'key', { types: ['product'] });
      engine = await under.reopen();
      expect(await engine.get(id)).toMatchObject({
        ...{ id, tenant: 'acme', state: 'queued', version: 1, epoch: 0, failures: 0, createdAt: 1_001 },
        request: { types: ['product'] },
      });
      expect((await claimed()).id).toBe(id);
    });

    test.each([
      ['names of built-in members', '{"constructor":"a","toJSON":1,"hasOwnProperty":null,"__proto__":{"x":[]}}'],
      ['halves of surrogate pairs', '{"a":"\\ud800x","\\udc00":"y\\udfff"}'],
      ['NUL', '{"\\u0000":"\\u0000"}'],
      ['many levels', `${'['.repeat(199)}${']'.repeat(199)}`],
    ])('keeps a request with %s unchanged, and recognizes it when repeated', async (_what, text) => {
      const request: unknown = JSON.parse(text);
      const id = await submit('acme', 'key', request);
      expect(await submit('acme', 'key', JSON.parse(text))).toBe(id);
      engine = await under.reopen();
      expect(await submit('acme', 'key', JSON.parse(text))).toBe(id);
      expect(JSON.stringify((await engine.get(id))?.request)).toBe(JSON.stringify(request));
      expect(JSON.stringify((await claimed()).request)).toBe(JSON.stringify(request));
    });

    test('returns the job of an idempotency key, and refuses another request', async () => {
      const id = await submit('acme', 'key', { a: [1] });
      expect(await submit('acme', 'key', { a: [1] })).toBe(id);
      expect(await submit('other', 'key', { a: [1] })).not.toBe(id);
      await expect(submit('acme', 'key', { a: [2] })).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
      engine = await under.reopen();
      expect(await submit('acme', 'key', { a: [1] })).toBe(id);
      expect((await engine.list('acme', 10)).rows).toHaveLength(1);
    });

    test('creates one job for concurrent submissions under one key', async () => {
      const ids = await Promise.all([1, 2, 3, 4].map(() => submit('acme', 'same')));
      expect(new Set(ids).size).toBe(1);
      expect((await engine.list('acme', 10)).rows).toHaveLength(1);
    });

    test('limits the queued jobs of a tenant during concurrent submissions', async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => submit()));
      const refused = outcomes.filter((one) => one.status === 'rejected');
      expect(refused).toHaveLength(4);
      expect(refused[0]?.reason).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      await submit('other');
    });

    test('lists the jobs of a tenant newest first, page by page', async () => {
      const ids = [await submit(), await submit(), await submit()];
      await submit('other');
      const first = await engine.list('acme', 2);
      expect(first.rows.map(({ id }) => id)).toStrictEqual([ids[2], ids[1]]);
      const second = await engine.list('acme', 2, first.next);
      expect(second.rows.map(({ id }) => id)).toStrictEqual([ids[0]]);
      expect(first.next).toBeDefined();
      expect(second.next).toBeUndefined();
    });

    test('repeats and skips no job when others are submitted and deleted between two pages', async () => {
      const ids = [await submit(), await submit(), await submit(), await submit()];
      const first = await engine.list('acme', 2);
      await submit();
      // The page ended with this one.
      await engine.cancel(ids[2]);
      await engine.remove(ids[2]);
      const second = await engine.list('acme', 2, first.next);
      expect(second.rows.map(({ id }) => id)).toStrictEqual([ids[1], ids[0]]);
      await expect(engine.list('acme', 2, 'x')).rejects.toMatchObject({ code: 'INVALID', path: 'after' });
    });

    test('claims the job of the highest priority first, of equal ones the oldest, also after a restart', async () => {
      const low = (await engine.submit({ id: randomUUID(), tenant: 'acme', request: {}, priority: -5 })).row.id;
      const first = await submit();
      const high = (await engine.submit({ id: randomUUID(), tenant: 'acme', request: {}, priority: 7 })).row.id;
      const second = await submit();
      engine = await under.reopen();
      const claimedIds: (string | undefined)[] = [];
      for (let count = 0; count < 4; count++) {
        const row = await engine.claim();
        claimedIds.push(row?.id);
        if (row) await engine.finish(row.id, row.epoch, DONE);
      }
      expect(claimedIds).toStrictEqual([high, first, second, low]);
      expect((await engine.look(high))?.priority).toBe(7);
    });

    test('cancels only what is unfinished where that is wanted', async () => {
      await submit();
      const { id, epoch } = await claimed();
      await engine.finish(id, epoch, DONE);
      expect(await engine.cancel(id, true)).toMatchObject({ state: DONE.state });
      const other = await submit();
      expect(await engine.cancel(other, true)).toMatchObject({ state: 'cancelled' });
    });

    test('lists jobs without requests, and limits the size of a page', async () => {
      const ids = [];
      for (let count = 0; count < 4; count++) {
        ids.push(await submit('acme', undefined, { clientState: 'x'.repeat(60_000) }));
        const { id, epoch } = await claimed();
        await engine.finish(id, epoch, { ...DONE, error: { code: 'INVALID', message: 'y'.repeat(500_000) } });
      }
      const seen: string[] = [];
      for (let after: string | undefined, more = true; more; ) {
        const page = await engine.list('acme', 100, after);
        expect(page.rows.length).toBeLessThan(4);
        expect(JSON.stringify(page.rows)).not.toContain('xxx');
        seen.push(...page.rows.map(({ id }) => id));
        after = page.next;
        more = after !== undefined;
      }
      expect(seen).toStrictEqual(ids.toReversed());
    });

    test('claims a job once that is submitted during concurrent claims', async () => {
      const looking = async () => {
        for (;;) {
          const row = await engine.claim();
          if (row) return row.id;
          await new Promise(setImmediate);
        }
      };
      const first = looking();
      const id = await submit();
      expect(await first).toBe(id);
      expect(await engine.claim()).toBeUndefined();
    });

    test('claims with a new epoch; tenants take turns within their limits', async () => {
      for (let count = 0; count < 3; count++) await submit('a');
      for (let count = 0; count < 2; count++) await submit('b');
      const rows = [await claimed(), await claimed(), await claimed(), await claimed()];
      expect(rows.map(({ tenant }) => tenant)).toStrictEqual(['a', 'b', 'a', 'b']);
      expect(rows[0]).toMatchObject({ state: 'running', epoch: 1 });
      expect(await engine.claim()).toBeUndefined();
      await engine.finish(rows[0].id, 1, DONE);
      expect((await claimed()).tenant).toBe('a');
    });

    test('claims a job again with its checkpoint after the death of its process', async () => {
      const id = await submit();
      await claimed();
      await engine.checkpoint(id, 1, CHECKPOINT, PROGRESS);
      engine = await under.reopen();
      expect(await claimed()).toMatchObject({ id, epoch: 2, checkpoint: CHECKPOINT, progress: PROGRESS });
    });

    describe('a lost attempt', () => {
      test('is repeated before all others, but only alone', async () => {
        const id = await submit('a');
        await claimed();
        engine = await under.die();
        expect(await engine.get(id)).toMatchObject({ state: 'queued', lost: 1 });
        const other = await submit('b');
        expect(await engine.claim(false)).toBeUndefined();
        expect(await engine.claim(true)).toMatchObject({ id, epoch: 2 });
        expect(await engine.claim(false)).toMatchObject({ id: other });
      });

      test('fails its job, and no other, after three losses in a row without a checkpoint', async () => {
        const id = await submit('a');
        await claimed();
        engine = await under.die();
        await claimed();
        engine = await under.die();
        const due = time + 1000;
        // Other jobs go first.
        const other = await submit('b');
        expect(await claimed()).toMatchObject({ id: other });
        await engine.finish(other, 1, DONE);
        expect(await engine.claim()).toBeUndefined();
        expect(engine.nextTurn()).toBe(due);
        time = due;
        expect(await claimed()).toMatchObject({ id, epoch: 3, lost: 2 });
        engine = await under.die();
        expect(await engine.get(id)).toMatchObject({
          ...{ state: 'failed', epoch: 3, endedAt: time, error: { code: 'ATTEMPTS_EXHAUSTED', stage: 'job' } },
        });
        expect(await engine.claim()).toBeUndefined();
        expect(await engine.counts()).toStrictEqual({ queued: 0, running: 0 });
      });

      test('is forgiven after a checkpoint', async () => {
        const id = await submit();
        for (let epoch = 1; epoch <= 5; epoch++) {
          await claimed();
          await engine.checkpoint(id, epoch, CHECKPOINT, PROGRESS);
          engine = await under.die();
          expect(await engine.get(id)).toMatchObject({ state: 'queued', lost: 1 });
        }
      });

      test('is not counted if it was requeued, or its engine was closed', async () => {
        const id = await submit();
        for (let epoch = 1; epoch <= 6; epoch++) {
          await claimed();
          if (epoch % 2 === 0) await engine.requeue(id, epoch);
          else engine = await under.reopen();
          expect(await engine.get(id)).toMatchObject({ state: 'queued', lost: 0 });
        }
      });
    });

    test('never decreases progress', async () => {
      const id = await submit();
      await claimed();
      await engine.progress(id, 1, PROGRESS);
      const row = await engine.progress(id, 1, { ...PROGRESS, read: 1, written: 9, bytesIn: 2, bytesPerSecond: 4 });
      expect(row.progress).toStrictEqual({ ...PROGRESS, written: 9, bytesPerSecond: 4 });
    });

    test('stores a finished job with its result and without a checkpoint', async () => {
      const id = await submit();
      await claimed();
      await engine.checkpoint(id, 1, CHECKPOINT, PROGRESS);
      time = 2_000;
      const row = await engine.finish(id, 1, DONE);
      expect(row).toMatchObject({ state: 'completed', files: DONE.files, endedAt: 2_000, expiresAt: 5_000 });
      expect(row.checkpoint).toBeUndefined();
      expect(await engine.storedBytes('acme')).toMatchObject({ results: 9 });
    });

    test('notes the attempts of a job, how far it was, and its end, and forgets them with it', async () => {
      const id = await submit();
      const error = { code: 'READ_FAILED', message: 'no' };
      time = 2_000;
      const first = await claimed();
      for (const [at, read] of [
        [2_500, 10],
        [3_000, 20],
        [4_500, 30],
      ]) {
        time = at;
        await engine.progress(id, first.epoch, { ...PROGRESS, read });
      }
      time = 5_000;
      await engine.requeue(id, first.epoch, { error, notBefore: 5_000 });
      time = 6_000;
      await claimed();
      engine = await under.die();
      time += 60_000;
      const third = await claimed();
      await engine.finish(id, third.epoch, { ...DONE, progress: { ...PROGRESS, read: 40, written: 4 } });
      await engine.cancel(id);
      const { events, samples } = await engine.history(id);
      expect(events).toMatchObject([
        { kind: 'started', attempt: 1, at: 2_000 },
        { kind: 'retried', attempt: 1, at: 5_000, error },
        { kind: 'started', attempt: 2, at: 6_000 },
        { kind: 'lost', attempt: 2 },
        { kind: 'started', attempt: 3 },
        { kind: 'ended', attempt: 3, state: 'completed' },
        { kind: 'expired', attempt: 3 },
      ]);
      const seen = samples.map(({ at, attempt, read }) => [at, attempt, read]);
      expect(seen.slice(0, 5)).toStrictEqual([
        [2_000, 1, 0],
        [3_000, 1, 20],
        [4_500, 1, 30],
        [5_000, 1, 30],
        [6_000, 2, 30],
      ]);
      expect(samples.at(-1)).toMatchObject({ attempt: 3, read: 40, written: 4, bytesIn: 700 });
      await engine.remove(id);
      expect(await engine.history(id)).toStrictEqual({ events: [], samples: [] });
    });

    test('shows the last of several changes that are made at once', async () => {
      const id = await submit();
      await Promise.all([engine.claim(), engine.cancel(id)]);
      for (const row of [await engine.look(id), await engine.get(id)]) expect(row?.state).toBe('cancelled');
      expect(await engine.tally('acme', {})).toStrictEqual({ cancelled: 1 });
      await Promise.all([engine.cancel(id), engine.remove(id)]);
      expect(await engine.look(id)).toBeUndefined();
    });

    test('delays a job after a failed attempt, and keeps the error', async () => {
      const id = await submit();
      await claimed();
      await engine.requeue(id, 1, { error: { code: 'READ_FAILED', message: 'x' }, notBefore: 9_000 });
      expect(await engine.claim()).toBeUndefined();
      expect(engine.nextTurn()).toBe(9_000);
      engine = await under.reopen();
      expect(await engine.claim()).toBeUndefined();
      time = 9_000;
      expect(await claimed()).toMatchObject({ id, epoch: 2, failures: 1, error: { code: 'READ_FAILED' } });
    });

    test('signals a turn for a new and for a requeued job', async () => {
      let calls = 0;
      const quiet = engine.events.on('turn', () => calls++);
      const id = await submit();
      expect(calls).toBeGreaterThan(0);
      await claimed();
      calls = 0;
      await engine.requeue(id, 1);
      expect(calls).toBeGreaterThan(0);
      quiet();
    });

    test('reports whether other tenants have jobs that could run now', async () => {
      await submit('a');
      const running = await claimed();
      expect(await engine.othersWait('a')).toBe(false);
      await submit('a');
      expect(await engine.othersWait('a')).toBe(false);
      await submit('b');
      expect(await engine.othersWait('a')).toBe(true);
      expect(await engine.othersWait('b')).toBe(true);
      await engine.finish(running.id, 1, DONE);
      for (const tenant of ['b', 'c', 'c', 'c']) await submit(tenant);
      const rows = [await claimed(), await claimed(), await claimed(), await claimed(), await claimed()];
      expect(rows.map(({ tenant }) => tenant).sort()).toStrictEqual(['a', 'b', 'b', 'c', 'c']);
      // The third job of c could not run: c has reached its limit.
      expect(await engine.othersWait('a')).toBe(false);
    });

    test('claims no job of the tenants that are excepted', async () => {
      await submit('a');
      await submit('b');
      expect(await engine.claim(true, ['a', 'b'])).toBeUndefined();
      expect(await engine.claim(true, ['a'])).toMatchObject({ tenant: 'b', state: 'running' });
      expect(await engine.claim(true, ['b', 'c'])).toMatchObject({ tenant: 'a', state: 'running' });
    });

    test('lets other jobs run while one is delayed', async () => {
      const id = await submit('a');
      await claimed();
      await engine.requeue(id, 1, { error: { code: 'READ_FAILED', message: 'x' }, notBefore: 9_000 });
      expect(await engine.othersWait('b')).toBe(false);
      time = 9_000;
      expect(await engine.othersWait('b')).toBe(true);
    });

    test('returns the same secret after a restart', async () => {
      const [one, other] = await Promise.all([engine.secret(), engine.secret()]);
      expect(one).toHaveLength(32);
      expect(other).toStrictEqual(one);
      engine = await under.reopen();
      expect(await engine.secret()).toStrictEqual(one);
    });

    describe('a superseded attempt', () => {
      const writes: readonly (readonly [string, (id: string, epoch: number) => Promise<unknown>])[] = [
        ['a checkpoint', (id, epoch) => engine.checkpoint(id, epoch, CHECKPOINT, PROGRESS)],
        ['progress', (id, epoch) => engine.progress(id, epoch, PROGRESS)],
        ['the end', (id, epoch) => engine.finish(id, epoch, DONE)],
        ['handing back', (id, epoch) => engine.requeue(id, epoch)],
      ];
      const situations: readonly (readonly [string, (id: string) => Promise<unknown>])[] = [
        ['a newer one runs', () => claimed()],
        ['the job is queued', async () => undefined],
        ['a newer one has finished', async (id) => engine.finish(id, (await claimed()).epoch, DONE)],
        ['the job is cancelled', (id) => engine.cancel(id)],
      ];
      test.each(
        situations.flatMap(([when, bring]) => writes.map(([what, write]) => [what, when, write, bring] as const)),
      )('cannot write %s when %s', async (_what, _when, write, bring) => {
        const id = await submit();
        await claimed();
        await engine.requeue(id, 1);
        await bring(id);
        const before = await engine.get(id);
        await expect(write(id, 1)).rejects.toMatchObject({ code: 'SUPERSEDED' });
        expect(await engine.get(id)).toStrictEqual(before);
      });
    });

    test('cancels unfinished jobs, expires results, and leaves all others', async () => {
      const queued = await submit();
      expect(await engine.cancel(queued)).toMatchObject({ state: 'cancelled' });
      expect(await engine.claim()).toBeUndefined();
      const running = await submit();
      await claimed();
      expect(await engine.cancel(running)).toMatchObject({ state: 'cancelled' });
      const done = await submit();
      await claimed();
      await engine.finish(done, 1, DONE);
      expect(await engine.cancel(done)).toMatchObject({ state: 'expired', files: [] });
      const { version } = (await engine.get(done)) ?? {};
      expect(await engine.cancel(done)).toMatchObject({ state: 'expired', version });
      expect(await engine.cancel(randomUUID())).toBeUndefined();
      // The slots of the running ones are free again.
      await Promise.all([submit(), submit()]);
      expect([await engine.claim(), await engine.claim()]).not.toContain(undefined);
    });

    test('deletes an ended job with its request and its key, and no unfinished one', async () => {
      const id = await submit('acme', 'key', { clientState: 'x'.repeat(10_000) });
      expect(await engine.remove(id)).toBeUndefined();
      await claimed();
      await engine.finish(id, 1, DONE);
      expect((await engine.storedBytes('acme')).rows).toBeGreaterThan(10_000);
      expect(await engine.remove(id)).toMatchObject({ id, state: 'completed' });
      expect(await engine.remove(id)).toBeUndefined();
      expect(await engine.get(id)).toBeUndefined();
      expect((await engine.list('acme', 10)).rows).toStrictEqual([]);
      expect(await engine.storedBytes('acme')).toStrictEqual({ results: 0, rows: 0 });
      expect(await submit('acme', 'key')).not.toBe(id);
    });

    test('counts the stored bytes of each tenant, also after a restart', async () => {
      await submit('acme', undefined, { clientState: 'x'.repeat(10_000) });
      await submit('acme', undefined, { clientState: 'x'.repeat(10_000) });
      await submit('other');
      const { rows } = await engine.storedBytes('acme');
      expect(rows).toBeGreaterThan(20_000);
      expect(rows).toBeLessThan(23_000);
      engine = await under.reopen();
      expect(await engine.storedBytes('acme')).toStrictEqual({ results: 0, rows });
      expect((await engine.storedBytes('other')).rows).toBeLessThan(2_000);
    });

    test('expires results in time, and deletes rows later with their keys', async () => {
      const id = await submit('acme', 'key');
      await claimed();
      await engine.finish(id, 1, DONE);
      expect(await engine.expire()).toStrictEqual([]);
      time = 5_000;
      expect((await engine.expire()).map((row) => row.id)).toStrictEqual([id]);
      expect(await engine.get(id)).toMatchObject({ state: 'expired', files: [] });
      expect(await engine.endedBefore(1_000)).toStrictEqual([]);
      const over = await engine.endedBefore(5_000);
      expect(over.map((row) => row.id)).toStrictEqual([id]);
      expect(await engine.get(id)).toMatchObject({ state: 'expired' });
      expect(await engine.remove(id)).toMatchObject({ id });
      expect(await engine.get(id)).toBeUndefined();
      expect((await engine.list('acme', 5)).rows).toStrictEqual([]);
      expect(await submit('acme', 'key')).not.toBe(id);
    });

    test('always returns the same id of the jobs', async () => {
      const owner = await engine.owner();
      expect(owner).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(await engine.owner()).toBe(owner);
      engine = await under.reopen();
      expect(await engine.owner()).toBe(owner);
    });

    test('counts unfinished jobs of all tenants', async () => {
      expect(await engine.counts()).toStrictEqual({ queued: 0, running: 0 });
      const ids = [await submit('a'), await submit('a'), await submit('b'), await submit('b')];
      expect(await engine.counts()).toStrictEqual({ queued: 4, running: 0 });
      const [first, second] = [await claimed(), await claimed()];
      expect(await engine.counts()).toStrictEqual({ queued: 2, running: 2 });
      expect(await engine.countsByTenant()).toStrictEqual([
        { tenant: 'a', queued: 1, running: 1 },
        { tenant: 'b', queued: 1, running: 1 },
      ]);
      await engine.finish(first.id, 1, DONE);
      await engine.requeue(second.id, 1);
      const waiting = ids.find((id) => id !== first.id && id !== second.id) ?? '';
      await engine.cancel(waiting);
      expect(await engine.counts()).toStrictEqual({ queued: 2, running: 0 });
    });

    test('reports every change with an increasing version', async () => {
      const told: [string, number][] = [];
      const quiet = engine.events.on('change', ({ state, version }) => void told.push([state, version]));
      const id = await submit();
      await claimed();
      await engine.checkpoint(id, 1, CHECKPOINT, PROGRESS);
      await engine.finish(id, 1, DONE);
      quiet();
      await engine.cancel(id);
      expect(told.map(([state]) => state)).toStrictEqual(['queued', 'running', 'running', 'completed']);
      expect(told.map(([, version]) => version)).toStrictEqual([1, 2, 3, 4]);
    });
  });
}
