/** Sweeping a store while jobs are created and deleted. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobEngine } from '../../src/jobs/engine.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { sweepStore } from '../../src/jobs/sweep.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { SILENT } from '../../src/terms/logger.js';
import { engineWith } from './engine-with.js';

const ID = '7b0c3f6e-0d5c-4f4c-9f53-3a3a54e1a001';

let folder = '';
let engine: JobEngine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-sweep-'));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
  await mkdir(join(folder, 'results', ID), { recursive: true });
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

test('counts results of unknown jobs', async () => {
  const store = new DirectoryStore(join(folder, 'results'));
  expect(await sweepStore({ engine, store, logger: SILENT })).toBe(1);
});

test('does not count a job as unknown that is deleted during the sweep', async () => {
  const store = new DirectoryStore(join(folder, 'results'));
  const deleting = engineWith(engine, {
    async look(id) {
      await store.forget({ job: id });
      return undefined;
    },
  });
  expect(await sweepStore({ engine: deleting, store, logger: SILENT })).toBe(0);
});
