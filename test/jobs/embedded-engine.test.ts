/** The embedded engine satisfies the contract of all engines. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { NO_PROGRESS } from '../../src/jobs/job.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { deliveriesCases } from '../cases/deliveries.cases.js';
import { jobEngineCases, type MakeEngine } from '../cases/job-engine.cases.js';
import { jobSearchCases } from '../cases/job-search.cases.js';
import { schedulesCases } from '../cases/schedules.cases.js';

const make: MakeEngine = async (limits, now) => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-engine-'));
  let folder = await mkdtemp(join(root, 'data-'));
  let current = await openEmbeddedEngine(folder, limits, now);
  return {
    engine: current,
    async reopen() {
      await current.close();
      current = await openEmbeddedEngine(folder, limits, now);
      return current;
    },
    async die() {
      // The files that a process leaves if it dies at this moment, without the work of closing.
      const left = await mkdtemp(join(root, 'data-'));
      for (const name of ['jobs.lmdb', 'jobs.lmdb-lock']) {
        await cp(join(folder, name), join(left, name)).catch(() => {});
      }
      await current.close();
      folder = left;
      current = await openEmbeddedEngine(folder, limits, now);
      return current;
    },
    async dispose() {
      await current.close();
      await rm(root, { recursive: true });
    },
  };
};

jobEngineCases('embedded', make);
jobSearchCases('embedded', make);
deliveriesCases('embedded', make);
schedulesCases('embedded', make);

describe('unreadable rows', () => {
  const LIMITS = { running: 2, queued: 5 };
  const ids = ['1', '2', '3', '4', '5'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);

  /** A folder with jobs of one tenant, and its log. */
  async function damaged(damage: (rows: { put(key: string, value: string): unknown }) => void) {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-aside-'));
    const engine = await openEmbeddedEngine(folder, LIMITS, Date.now);
    for (const id of ids) await engine.submit({ id, tenant: 'acme', request: {} });
    await engine.close();
    const root = open({ path: join(folder, 'jobs.lmdb') });
    const rows = root.openDB<string, string>({ name: 'rows', encoding: 'string' });
    await root.transaction(() => damage(rows));
    await root.close();
    return folder;
  }

  test('affect no opening, list, sweep or queue; they are counted, kept and logged with their cause', async () => {
    const texts = ['{"id":', 'null', '{}', JSON.stringify({ id: ids[3], tenant: 'acme', state: 'nowhere' })];
    const folder = await damaged((rows) => {
      for (const [index, text] of texts.entries()) rows.put(ids[index], text);
    });
    const told: object[] = [];
    const log = (facts: object) => void told.push(facts);
    const logger = { debug: log, info: log, warn: log, error: log };
    const engine = await openEmbeddedEngine(folder, LIMITS, Date.now, logger);
    try {
      expect(await engine.counts()).toStrictEqual({ queued: 1, running: 0, setAside: 4 });
      expect(told).toMatchObject(ids.slice(0, 4).map((job) => ({ job, reason: expect.stringMatching(/./) })));
      expect((await engine.list('acme', 10)).rows.map(({ id }) => id)).toStrictEqual([ids[4]]);
      expect(await engine.endedBefore(Number.MAX_SAFE_INTEGER)).toStrictEqual([]);
      expect(await engine.claim()).toMatchObject({ id: ids[4] });
      expect(await engine.claim()).toBeUndefined();
      await expect(engine.get(ids[0])).rejects.toMatchObject({
        code: 'INTERNAL',
        message: expect.stringContaining(ids[0]),
      });
      expect(told).toHaveLength(4);
    } finally {
      await engine.close();
      await rm(folder, { recursive: true });
    }
  });

  test('of an earlier version are set aside, too; all others are migrated', async () => {
    const folder = await damaged(() => {});
    const root = open({ path: join(folder, 'jobs.lmdb') });
    const old = root.openDB({ name: 'jobs' });
    const order = root.openDB<true, [string, number, string]>({ name: 'order' });
    const [good, bad] = ['6', '7'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
    await root.transaction(() => {
      old.put(good, {
        ...{ id: good, tenant: 'old', request: { types: ['a'] }, state: 'queued', version: 1, epoch: 0, failures: 0 },
        ...{ createdAt: 5, changedAt: 5, progress: NO_PROGRESS, files: [], idempotencyKey: 'key' },
      });
      old.put(bad, { id: bad });
      for (const id of [good, bad]) order.put(['old', 5, id], true);
    });
    await root.close();
    for (const round of [1, 2]) {
      const engine = await openEmbeddedEngine(folder, LIMITS, Date.now);
      expect(await engine.counts()).toStrictEqual({ queued: 6, running: 0, setAside: 1 });
      expect((await engine.list('old', 10)).rows.map(({ id }) => id)).toStrictEqual([good]);
      expect(await engine.get(good)).toMatchObject({ request: { types: ['a'] }, lost: 0 });
      await engine.close();
      expect(round).toBeLessThan(3);
    }
    await rm(folder, { recursive: true });
  });
});

test('a history that an earlier version noted in full is told once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-history-'));
  const limits = { running: 2, queued: 5 };
  let time = 1_000;
  const now = () => time++;
  const first = await openEmbeddedEngine(folder, limits, now);
  const id = '00000000-0000-4000-8000-000000000001';
  await first.submit({ id, tenant: 'acme', request: {} });
  await first.claim();
  await first.finish(id, 1, { state: 'completed', progress: { ...NO_PROGRESS, read: 4 }, files: [], expiresAt: 9_000 });
  const told = await first.history(id);
  expect(told.events.map(({ kind }) => kind)).toStrictEqual(['started', 'ended']);
  expect(told.samples.map(({ read }) => read)).toStrictEqual([0, 4]);
  await first.close();

  const root = open({ path: join(folder, 'jobs.lmdb') });
  const [events, samples] = ['history-events', 'history-samples'].map((name) => root.openDB({ name }));
  await root.transaction(() => {
    for (const [number, event] of told.events.entries()) events?.put([id, number], event);
    for (const [number, sample] of told.samples.entries()) samples?.put([id, number], sample);
  });
  await root.close();
  const engine = await openEmbeddedEngine(folder, limits, now);
  expect(await engine.history(id)).toStrictEqual(told);
  await engine.cancel(id);
  const later = await engine.history(id);
  expect(later.events.slice(0, -1)).toStrictEqual(told.events);
  expect(later.events.at(-1)).toMatchObject({ kind: 'expired', attempt: 1 });
  expect(later.samples).toStrictEqual(told.samples);
  await engine.close();
  await rm(folder, { recursive: true });
});
