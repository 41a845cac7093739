/** Watching all jobs of a tenant: what changes and what is deleted, of that tenant only, until the jobs are closed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { watchTenant } from '../../src/jobs/watch-tenant.js';
import { openJobs, type TenantChange } from '../../src/jobs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-watch-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('tells when it watches, then each change and deletion, and ends when the jobs are closed', async () => {
  const jobs = await openJobs({ dataDir: folder, source: '{"id":"1"}', concurrency: 0 });
  const acme = jobs.forTenant('acme');
  const changes = acme.watchAll()[Symbol.asyncIterator]();
  const next = async () => {
    const change: TenantChange | undefined = (await changes.next()).value;
    return change?.kind === 'changed' ? [change.job.id, change.job.state] : change;
  };
  expect(await next()).toStrictEqual({ kind: 'ready' });
  await jobs.forTenant('other').submit({ request: {} });
  const { job } = await acme.submit({ request: {} });
  expect(await next()).toStrictEqual([job.id, 'queued']);
  // Both happen before anybody reads: the newer one is told.
  const again = await acme.submit({ request: {} });
  await acme.cancel(again.job.id);
  expect(await next()).toStrictEqual([again.job.id, 'cancelled']);
  await acme.cancel(again.job.id);
  expect(await next()).toStrictEqual({ kind: 'removed', id: again.job.id });
  const last = next();
  await jobs.close();
  expect(await last).toBeUndefined();
});

test('says so where changes may have been missed, and leaves no listener behind', async () => {
  const engine = await openEmbeddedEngine(folder, { running: 1, queued: 1 }, Date.now);
  const over = new AbortController();
  const changes = watchTenant(engine, 'acme', [over.signal]);
  expect((await changes.next()).value).toStrictEqual({ kind: 'ready' });
  engine.events.emit('missed');
  expect((await changes.next()).value).toStrictEqual({ kind: 'ready' });
  expect(engine.events.isHeard('removed')).toBe(true);
  const last = changes.next();
  over.abort();
  expect((await last).done).toBe(true);
  expect(engine.events.isHeard('removed')).toBe(false);
  await engine.close();
});
