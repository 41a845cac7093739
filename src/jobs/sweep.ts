/** Deleting what is over. What a store has of a job that is not known is never deleted: its rows may have been lost. */

import type { BlobStore } from '../results/blob-store.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine, JobRow } from './engine.js';
import { isEnded } from './job.js';

/** What is swept. */
export interface Sweeper {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly logger: Logger;
}

/**
 * Deletes results whose time is over, and jobs that ended before a time, these behind what they have in the store. What
 * cannot be deleted is tried again next time, and keeps nothing else.
 */
export async function sweepOver(sweeper: Sweeper, before: number): Promise<void> {
  const { engine } = sweeper;
  for (const row of await engine.expire()) await forgetFiles(sweeper, row);
  for (const row of await engine.over(before)) if (await forgetFiles(sweeper, row)) await engine.remove(row.id);
}

/**
 * Goes through the whole store, for what attempts have left.
 * @returns how many jobs it has something of that are not known
 */
export async function sweepStore({ engine, store, logger }: Sweeper): Promise<number> {
  const unknown = new Set<string>();
  for await (const { job } of store.jobs()) {
    try {
      const row = await engine.look(job);
      // A job that is not over sweeps by itself: its attempt has files that its row does not know yet.
      if (!row) unknown.add(job);
      else if (isEnded(row.state)) await store.sweep({ tenant: row.tenant, job }, namesOf(row));
    } catch (cause) {
      // The files of a job whose row cannot be read are kept as well, and hold up no other's.
      logger.error({ job, err: cause }, 'what a job has stored could not be looked through');
    }
  }
  if (unknown.size === 0) return 0;
  // A job that was deleted meanwhile was known a moment ago, and has left nothing.
  const left = new Set<string>();
  for await (const { job } of store.jobs()) if (unknown.has(job)) left.add(job);
  return left.size;
}

async function forgetFiles({ store, logger }: Sweeper, { id, tenant }: JobRow): Promise<boolean> {
  try {
    await store.forget({ tenant, job: id });
    return true;
  } catch (cause) {
    logger.error({ job: id, err: cause }, 'what a job has stored could not be deleted');
    return false;
  }
}

/** Names of all that the result of a job has in the store. */
function namesOf({ files }: JobRow): ReadonlySet<string> {
  return new Set(files.flatMap(({ parts }) => parts.map(({ name }) => name)));
}
