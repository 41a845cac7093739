/** Keeps the entities that a function of the user accepts; their text stays unchanged. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, endAfter, keep, ordinalAt } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { Calls, DEFAULT_CONCURRENCY, type EntityObject } from './call-with-entities.js';

/** Returns whether the entity passes, or a promise of that. Results other than true and false are refused. */
export type EntityPredicate = (entity: EntityObject, recordIndex: number) => boolean | Promise<boolean>;

/**
 * Makes the stage. The function gets a parsed copy of each entity; the bytes of those that pass stay unchanged and in
 * order, however long each result takes. Batches must have been checked, or trusted.
 * @param concurrency maximum of results that are awaited at the same time
 */
export function filterEntitiesStage(
  predicate: EntityPredicate,
  concurrency = DEFAULT_CONCURRENCY,
): Stage<Batch, Batch> {
  return {
    name: 'filterEntities',
    step: 'select',
    push: async (batch, run) => [await filterBatch(batch, run, predicate, concurrency)],
    flush: () => NOTHING,
  };
}

async function filterBatch(batch: Batch, run: Run, call: EntityPredicate, concurrency: number): Promise<Batch> {
  const positions: number[] = [];
  const calls = new Calls(batch, run, { name: 'filterEntities', call, concurrency });
  try {
    for (;;) {
      if (turnIsOver()) await nextTurn(run);
      const next = calls.take();
      const result = next instanceof Promise ? await next : next;
      if (!result) return keep(batch, positions);
      if (typeof result.value !== 'boolean') throw notBoolean(batch, result.ordinal, result.value);
      if (result.value) positions.push(result.position);
    }
  } catch (cause) {
    if (run.signal.aborted) throw run.abortError();
    run.stop();
    const error = calls.failure(cause);
    return endAfter(keep(batch, positions), ordinalAt(batch, calls.position) - 1, { kind: 'fault', error });
  }
}

function notBoolean({ source, firstIndex }: Batch, ordinal: number, value: unknown): SluiceError {
  const recordIndex = firstIndex + ordinal;
  const kind = value === null || value === undefined ? `${value}` : `a ${typeof value}`;
  const message = `${source}: the function of filterEntities returned ${kind} for record ${recordIndex}; it must return true or false`;
  return new SluiceError('INVALID', 'select', message, { source, recordIndex });
}
