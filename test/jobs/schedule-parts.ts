/** For tests: the schedules of tenants over an engine, with a clock of the test. */
import type { JobEngine } from '../../src/jobs/engine.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import type { JobsParts } from '../../src/jobs/jobs-parts.js';
import { Scheduler } from '../../src/jobs/scheduler.js';
import { StoredJobs } from '../../src/jobs/stored-jobs.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { objects } from '../../src/sources/objects.js';
import { SILENT } from '../../src/terms/logger.js';

/** @param folder of the results @param waitsFor what a function of a tenant waits for */
export function schedulesOver(
  engine: JobEngine,
  folder: string,
  now: () => number,
  waitsFor: (tenant: string) => Promise<void> = async () => {},
) {
  const store = new DirectoryStore(folder);
  const limits = { running: 2, queued: 5, bytes: 1e9, records: 1e9, rowBytes: 1e9 };
  const terms = {
    plans: new JobPlans({}),
    planOptions: {},
    limits,
    limitsAreOwn: false,
    resultTtlMs: 1,
    linkTtlMs: 1,
    store,
  };
  const parts: JobsParts = {
    ...{ engine, store, termsOf: (tenant: string) => waitsFor(tenant).then(() => terms), now, logger: SILENT },
    ...{ webhooks: {}, wakeCourier: () => {}, wakeScheduler: () => {} },
    ...{ source: () => objects([]), planOptions: {}, inspecting: new Map() },
    ...{ closing: () => false, closed: new AbortController().signal, abort: async () => {} },
  };
  return { scheduler: new Scheduler(parts), of: (tenant: string) => new StoredJobs(tenant, parts) };
}
