/** Watching a job: its changes as they come; rapid ones are merged. */
import type { JobEngine, JobRow } from './engine.js';
import { isEnded } from './job.js';

/**
 * Interval of reads without a reported change, in milliseconds. An engine that learns of others' changes through a
 * connection may miss some, and the end of a job is reported only once.
 */
const POLL_MS = 5000;

/**
 * Yields the row, then the row after each change, until the job has ended.
 * @param after only versions above this one
 * @param signals each ends the iteration without an error
 */
export async function* watchJob(
  engine: JobEngine,
  id: string,
  after: number,
  signals: readonly AbortSignal[],
): AsyncGenerator<JobRow, void> {
  let wake: () => void = () => {};
  const onWake = () => wake();
  /** The newest row that was reported since the last look; reports may overtake one another. */
  let reported: JobRow | undefined;
  const unsubscribe = engine.events.watch(id, (row) => {
    if (!reported || row.version > reported.version) reported = row;
    wake();
  });
  const isOver = () => signals.some(({ aborted }) => aborted);
  for (const signal of signals) signal.addEventListener('abort', onWake);
  const timer = setInterval(onWake, POLL_MS);
  try {
    for (let version = after; !isOver(); ) {
      // Subscribe before the read: no change is missed in between.
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const row = reported ?? (await engine.look(id));
      reported = undefined;
      if (!row || isOver()) return;
      if (row.version > version) yield row;
      if (isEnded(row.state)) return;
      version = Math.max(version, row.version);
      await changed;
    }
  } finally {
    clearInterval(timer);
    unsubscribe();
    for (const signal of signals) signal.removeEventListener('abort', onWake);
  }
}
