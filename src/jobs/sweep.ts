/** Deletes what has expired. Files of unknown jobs are never deleted: their rows may have been lost. */

import type { BlobStore } from '../results/blob-store.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine, JobRow } from './engine.js';
import { isEnded } from './job.js';

/** What a sweep works on. */
export interface Sweeper {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly logger: Logger;
}

/**
 * Deletes due results, and jobs that ended before a time, after their files. Failures are retried at the next sweep and
 * do not affect other jobs.
 */
export async function sweepEnded(sweeper: Sweeper, before: number): Promise<void> {
  const { engine } = sweeper;
  for (const row of await engine.expire()) await forgetFiles(sweeper, row);
  for (const row of await engine.endedBefore(before)) if (await forgetFiles(sweeper, row)) await engine.remove(row.id);
}

/**
 * Lists the whole store and deletes what attempts have left.
 * @returns how many unknown jobs have files in it
 */
export async function sweepStore({ engine, store, logger }: Sweeper): Promise<number> {
  const unknown = new Set<string>();
  for await (const { job } of store.jobs()) {
    try {
      const row = await engine.look(job);
      // An unfinished job sweeps by itself: its attempt has files that are not in its row yet.
      if (!row) unknown.add(job);
      else if (isEnded(row.state)) await store.sweep({ tenant: row.tenant, job }, namesOf(row));
    } catch (cause) {
      // Files of a job with an unreadable row are kept, too.
      logger.error({ job, err: cause }, 'the stored files of a job could not be checked');
    }
  }
  if (unknown.size === 0) return 0;
  // A job that was deleted in the meantime was known, and has left nothing.
  const left = new Set<string>();
  for await (const { job } of store.jobs()) if (unknown.has(job)) left.add(job);
  return left.size;
}

async function forgetFiles({ store, logger }: Sweeper, { id, tenant }: JobRow): Promise<boolean> {
  try {
    await store.forget({ tenant, job: id });
    return true;
  } catch (cause) {
    logger.error({ job: id, err: cause }, 'the stored files of a job could not be deleted');
    return false;
  }
}

/** Names of all blobs of a job's result. */
function namesOf({ files }: JobRow): ReadonlySet<string> {
  return new Set(files.flatMap(({ parts }) => parts.map(({ name }) => name)));
}
