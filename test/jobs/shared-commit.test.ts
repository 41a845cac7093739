/** The embedded engine: a submission and the claim of its job share a commit, and are reported in order. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, expect, test } from 'vitest';
import type { JobEngine, WholeRow } from '../../src/jobs/engine.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';

const folder = await mkdtemp(join(tmpdir(), 'sluice-commit-'));
let engine: JobEngine;

afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** The number of the last commit. */
function lastCommit(): number {
  const text = JSON.stringify(open({ path: join(folder, 'jobs.lmdb') }).getStats());
  return Number(/"lastTxnId":(\d+)/.exec(text)?.[1]);
}

/** Claims as a runner does: whenever there may be a job. */
function claiming(): { readonly rows: WholeRow[]; readonly log: string[]; settled(): Promise<unknown> } {
  const rows: WholeRow[] = [];
  const log: string[] = [];
  const claims: Promise<void>[] = [];
  engine.events.on('change', ({ id, state, version }) => void log.push(`${id} ${state} ${version}`));
  engine.events.on('turn', () => {
    const claim = engine.claim().then((row) => {
      if (row) rows.push(row);
    });
    claims.push(claim);
  });
  return { rows, log, settled: () => Promise.all(claims) };
}

test('a job that is submitted while a place is free is claimed in the same commit', async () => {
  engine = await openEmbeddedEngine(folder, { running: 2, queued: 5 }, Date.now);
  const { rows, log, settled } = claiming();
  const before = lastCommit();
  const id = randomUUID();
  const { row } = await engine.submit({ id, tenant: 'acme', request: { types: ['a'] } });
  await settled();
  expect(lastCommit() - before).toBe(1);
  expect(row).toMatchObject({ id, state: 'queued', version: 1 });
  expect(rows).toMatchObject([{ id, state: 'running', version: 2, epoch: 1, request: { types: ['a'] } }]);
  expect(log).toStrictEqual([`${id} queued 1`, `${id} running 2`]);
  expect(await engine.counts()).toStrictEqual({ queued: 0, running: 1 });
});

test('many submissions at once are each claimed once, up to the limit, and reported in order', async () => {
  engine = await openEmbeddedEngine(folder, { running: 3, queued: 20 }, Date.now);
  const { rows, log, settled } = claiming();
  const ids = Array.from({ length: 12 }, () => randomUUID());
  await Promise.all(ids.map((id) => engine.submit({ id, tenant: 'acme', request: {} })));
  await settled();
  expect(rows.map(({ id }) => id)).toStrictEqual(ids.slice(0, 3));
  for (const id of ids) {
    const states = log.filter((line) => line.startsWith(id)).map((line) => line.slice(id.length + 1));
    expect(states).toStrictEqual(ids.indexOf(id) < 3 ? ['queued 1', 'running 2'] : ['queued 1']);
  }
  expect(await engine.counts()).toStrictEqual({ queued: 9, running: 3 });
});

test('a submission that is refused leaves nothing to claim', async () => {
  engine = await openEmbeddedEngine(folder, { running: 1, queued: 1 }, Date.now);
  const submit = () => engine.submit({ id: randomUUID(), tenant: 'acme', request: {}, idempotencyKey: 'one' });
  await submit();
  const { rows, settled } = claiming();
  expect((await submit()).created).toBe(false);
  await expect(engine.submit({ id: randomUUID(), tenant: 'acme', request: {} })).resolves.toBeTruthy();
  await settled();
  expect(rows).toHaveLength(1);
  expect((await engine.counts()).running).toBe(1);
});
