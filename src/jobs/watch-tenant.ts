/** Watching the jobs of a tenant: all changes as they come; rapid ones of a job are merged. */
import type { JobEngine, JobRow } from './engine.js';

/** A change among the jobs of a tenant. */
export type RowChange =
  | { readonly kind: 'ready' }
  | { readonly kind: 'changed'; readonly row: JobRow }
  | { readonly kind: 'removed'; readonly id: string };

/**
 * Yields `ready` once changes are noticed, and again where some may have been missed; then each job that has changed or
 * was deleted.
 * @param signals each ends the iteration without an error
 */
export async function* watchTenant(
  { events }: Pick<JobEngine, 'events'>,
  tenant: string,
  signals: readonly AbortSignal[],
): AsyncGenerator<RowChange, void> {
  /** What has not been yielded, in the order of the first change since then. */
  const pending = new Map<string, RowChange>();
  let isReady = true;
  let wake: () => void = () => {};
  const onWake = () => wake();
  const note = (id: string, change: RowChange) => {
    pending.set(id, change);
    wake();
  };
  const unsubscribe = [
    events.on('change', (row) => {
      if (row.tenant === tenant && isNewer(row, pending.get(row.id))) note(row.id, { kind: 'changed', row });
    }),
    events.on('removed', (removed) => {
      if (removed.tenant === tenant) note(removed.id, { kind: 'removed', id: removed.id });
    }),
    events.on('missed', () => {
      isReady = true;
      wake();
    }),
  ];
  const isOver = () => signals.some(({ aborted }) => aborted);
  for (const signal of signals) signal.addEventListener('abort', onWake);
  try {
    while (!isOver()) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (isReady) {
        isReady = false;
        yield { kind: 'ready' };
        continue;
      }
      const [first] = pending;
      if (!first) {
        await changed;
        continue;
      }
      pending.delete(first[0]);
      yield first[1];
    }
  } finally {
    for (const end of unsubscribe) end();
    for (const signal of signals) signal.removeEventListener('abort', onWake);
  }
}

/** Whether a row is newer than a pending change of its job: reports may overtake one another. */
function isNewer(row: JobRow, pending: RowChange | undefined): boolean {
  return pending?.kind !== 'removed' && !(pending?.kind === 'changed' && pending.row.version >= row.version);
}
