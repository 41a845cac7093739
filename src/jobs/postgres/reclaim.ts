/** Takes jobs from workers that have died. */
import type { JobRow } from '../engine.js';
import { LONGEST_WAIT_MS } from '../fair-queue.js';
import { attemptsExhausted, DEFAULT_ATTEMPTS, LOST_WAIT_MS } from '../lost-attempts.js';
import type { PostgresEngineParts } from './engine-parts.js';
import type { JobTable } from './job-table.js';
import { reclaimJobs } from './statements/reclaim-jobs.js';

/** Queues the jobs whose leases are over, or lets them fail after too many lost attempts; returns them. */
export function reclaim({ schema, limits, now }: PostgresEngineParts, table: JobTable): Promise<readonly JobRow[]> {
  const { maxAttempts = DEFAULT_ATTEMPTS } = limits;
  const why = JSON.stringify(attemptsExhausted(maxAttempts));
  return table.rows(reclaimJobs(schema), [now(), maxAttempts, why, now() + LOST_WAIT_MS, now() + LONGEST_WAIT_MS]);
}
