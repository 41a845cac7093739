/** The engine inside the process, by the rules of all engines. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { jobEngineCases } from '../cases/job-engine.cases.js';

jobEngineCases('embedded', async (limits, now) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-engine-'));
  let current = await openEmbeddedEngine(folder, limits, now);
  return {
    engine: current,
    async reopen() {
      await current.close();
      current = await openEmbeddedEngine(folder, limits, now);
      return current;
    },
    async dispose() {
      await current.close();
      await rm(folder, { recursive: true });
    },
  };
});
