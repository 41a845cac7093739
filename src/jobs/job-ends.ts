/** Ends of jobs by their tenant: cancelling, deleting, and both for all that match a filter. */
import { acceptOptions } from '../options/accept-options.js';
import type { JobRow } from './engine.js';
import { isEnded } from './job.js';
import { JOB_FILTER, type JobFilter, searchOfEnded } from './job-filter.js';
import type { JobsParts } from './jobs-parts.js';
import type { ManyJobs } from './tenant-jobs.js';

/** What ends a job. */
type Ends = Pick<JobsParts, 'engine' | 'store' | 'abort'>;

/** Jobs that one call ends at most, and for how long it begins to end others, in milliseconds. */
const [MOST_AT_A_CALL, MOST_MS] = [1000, 5000];

/** Jobs that are ended at the same time. */
const AT_ONCE = 16;

/**
 * Cancels an unfinished job, or deletes an ended one.
 * @param before the job as it was read
 * @returns the job as it is then, or was at last; undefined if it was deleted in the meantime
 */
export async function endJob(ends: Ends, before: JobRow): Promise<JobRow | undefined> {
  const { engine, store, abort } = ends;
  const { id } = before;
  const row = await engine.cancel(id);
  if (!row) return undefined;
  await abort(id);
  const owner = { tenant: row.tenant, job: id };
  if (row.files.length === 0) await store.sweep(owner, new Set());
  // Delete the row last: until then the files have a known owner. The job may have ended since it was read.
  if (isEnded(before.state) || row.state !== 'cancelled') {
    await store.forget(owner);
    await engine.remove(id);
  }
  return row;
}

/** Cancels the unfinished jobs of a tenant that a filter finds; none that has ended in the meantime is changed. */
export function cancelAll(ends: Ends, tenant: string, filter: JobFilter): Promise<ManyJobs> {
  const { engine, store, abort } = ends;
  return endAll(ends, tenant, filter, false, async (id) => {
    const row = await engine.cancel(id, true);
    if (row?.state !== 'cancelled') return false;
    await abort(id);
    await store.sweep({ tenant, job: id }, new Set());
    return true;
  });
}

/** Deletes the ended jobs of a tenant that a filter finds, with their results and requests. */
export function deleteAll(ends: Ends, tenant: string, filter: JobFilter): Promise<ManyJobs> {
  return endAll(ends, tenant, filter, true, async (id) => {
    const row = await ends.engine.look(id);
    return row !== undefined && isEnded(row.state) && (await endJob(ends, row)) !== undefined;
  });
}

async function endAll(
  { engine }: Ends,
  tenant: string,
  filter: JobFilter,
  ended: boolean,
  end: (id: string) => Promise<boolean>,
): Promise<ManyJobs> {
  acceptOptions(filter, JOB_FILTER, []);
  const { ids, total } = await engine.find(tenant, { ...searchOfEnded(filter, ended), limit: MOST_AT_A_CALL });
  const until = performance.now() + MOST_MS;
  let done = 0;
  for (let at = 0; at < ids.length && performance.now() < until; at += AT_ONCE) {
    const ends = await Promise.all(ids.slice(at, at + AT_ONCE).map(end));
    done += ends.filter(Boolean).length;
  }
  return { matched: total, done };
}
