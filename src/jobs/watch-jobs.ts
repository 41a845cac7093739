/** Following a job: its changes as they come, those that follow quickly as one. */
import type { JobEngine, JobRow } from './engine.js';
import { isEnded } from './job.js';

/**
 * Between two looks though no change was told, in milliseconds: an engine that hears of the changes of others by a
 * connection may miss some, and the end of a job is told but once.
 */
const LOOK_AGAIN_MS = 5000;

/**
 * The row, then after each change, until the job has ended.
 * @param after only versions above this one
 * @param signals each ends the iteration quietly
 */
export async function* watchJob(
  engine: JobEngine,
  id: string,
  after: number,
  signals: readonly AbortSignal[],
): AsyncGenerator<JobRow, void> {
  let wake: () => void = () => {};
  const rouse = () => wake();
  const unsubscribe = engine.onChange((row) => {
    if (row.id === id) rouse();
  });
  const isOver = () => signals.some(({ aborted }) => aborted);
  for (const signal of signals) signal.addEventListener('abort', rouse);
  const timer = setInterval(rouse, LOOK_AGAIN_MS);
  try {
    for (let version = after; !isOver(); ) {
      // Listening begins before the row is read, so that no change falls between.
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const row = await engine.look(id);
      if (!row || isOver()) return;
      if (row.version > version) yield row;
      if (isEnded(row.state)) return;
      version = Math.max(version, row.version);
      await changed;
    }
  } finally {
    clearInterval(timer);
    unsubscribe();
    for (const signal of signals) signal.removeEventListener('abort', rouse);
  }
}
