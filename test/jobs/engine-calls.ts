/** For tests: calls of an engine, and what becomes of attempts. */
import type { JobEngine, WholeRow } from '../../src/jobs/engine.js';
import type { JobSummary } from '../../src/jobs/job.js';

/** Claims the next job, which must be there. */
export async function claimed(engine: JobEngine): Promise<WholeRow> {
  const row = await engine.claim();
  if (!row) throw new Error('there is nothing to claim');
  return row;
}

/** The first matching change; call it before the change. */
export function reported(engine: JobEngine, fits: (job: JobSummary) => boolean): Promise<JobSummary> {
  return new Promise((resolve) => {
    const quiet = engine.events.on('change', (row) => {
      if (!fits(row)) return;
      quiet();
      resolve(row);
    });
  });
}

/** How an attempt ends: `well`, or an error code. */
export function outcomeOf(attempt: Promise<void>): Promise<string> {
  return attempt.then(
    () => 'well',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}
