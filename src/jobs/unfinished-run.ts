/** The job of a schedule that has not ended. */
import type { JobEngine, JobRow } from './engine.js';

/** Undefined if there is none: then the schedule may run. */
export async function unfinishedRun(engine: JobEngine, tenant: string, schedule: string): Promise<JobRow | undefined> {
  const facts = [{ name: 'schedule' as const, values: [schedule] }];
  const { ids } = await engine.find(tenant, { states: ['queued', 'running'], facts, limit: 1 });
  return ids[0] === undefined ? undefined : engine.look(ids[0]);
}
