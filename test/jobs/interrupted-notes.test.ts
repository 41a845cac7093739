/** Notes of interrupted jobs in the embedded engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { interruptedNotesCases } from '../cases/interrupted-notes.cases.js';
import { openJobs } from './with-faults.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-notes-jobs-'));
});
afterEach(() => rm(folder, { recursive: true }));

interruptedNotesCases((options) => openJobs({ dataDir: join(folder, 'data'), ...options }));
