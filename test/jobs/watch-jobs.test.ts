/** Watching a job with missed events. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { JobEngine } from '../../src/jobs/engine.js';
import { JobEmitter } from '../../src/jobs/job-events.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { watchJob } from '../../src/jobs/watch-jobs.js';
import { engineWith } from './engine-with.js';

let folder = '';
let engine: JobEngine;
afterEach(async () => {
  vi.useRealTimers();
  await engine.close();
  await rm(folder, { recursive: true });
});

test('sees the end of a job without an event', async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 1, queued: 1 }, Date.now);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const deaf = engineWith(engine, { events: new JobEmitter(() => {}) });
  await engine.submit({ id: 'a-job', tenant: 'acme', request: {} });
  const changes = watchJob(deaf, 'a-job', 0, []);
  expect((await changes.next()).value?.state).toBe('queued');
  await engine.cancel('a-job');
  const next = changes.next();
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await next).value?.state).toBe('cancelled');
  expect((await changes.next()).done).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('follows one job of many, and reads it only once', async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 1, queued: 9 }, Date.now);
  for (const id of ['a-job', 'another']) await engine.submit({ id, tenant: 'acme', request: {} });
  let looks = 0;
  const counted = engineWith(engine, {
    look: (id) => {
      looks++;
      return engine.look(id);
    },
  });
  const changes = watchJob(counted, 'a-job', 0, []);
  expect((await changes.next()).value?.state).toBe('queued');
  const next = changes.next();
  await engine.cancel('another');
  await engine.claim();
  expect((await next).value).toMatchObject({ id: 'a-job', state: 'running', epoch: 1 });
  const last = changes.next();
  await engine.cancel('a-job');
  expect((await last).value).toMatchObject({ id: 'a-job', state: 'cancelled' });
  expect((await changes.next()).done).toBe(true);
  expect(looks).toBe(1);
});
