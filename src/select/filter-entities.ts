/** Keeps the entities that a function of the user accepts; their text stays unchanged. */
import { type Batch, endAfter, keep } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { callForEach, DEFAULT_CONCURRENCY, type EntityObject } from './call-with-entities.js';

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
  const fault = await callForEach(batch, run, {
    call,
    concurrency,
    take({ position, ordinal, value }) {
      if (typeof value !== 'boolean') throw notBoolean(batch, ordinal, value);
      if (value) positions.push(position);
    },
  });
  const kept = keep(batch, positions);
  return fault ? endAfter(kept, fault.ordinal - 1, { kind: 'fault', error: fault.error }) : kept;
}

function notBoolean({ source, firstIndex }: Batch, ordinal: number, value: unknown): SluiceError {
  const recordIndex = firstIndex + ordinal;
  const kind = value === null || value === undefined ? `${value}` : `a ${typeof value}`;
  const message = `${source}: the function of filterEntities returned ${kind} for record ${recordIndex}; it must return true or false`;
  return new SluiceError('INVALID', 'select', message, { source, recordIndex });
}
