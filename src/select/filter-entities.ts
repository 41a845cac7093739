/** Keeps the entities that a function of the caller wants; their text stays as it is. */
import { type Batch, endAfter, keep } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { askEach, DEFAULT_CONCURRENCY, type EntityObject } from './ask-entities.js';

/** Returns whether the entity passes, or a promise of that. Anything but true and false is refused. */
export type EntityPredicate = (entity: EntityObject, recordIndex: number) => boolean | Promise<boolean>;

/**
 * Makes the stage. The function gets a parsed copy of each entity; the bytes of those that pass are untouched, in their
 * order, however long each answer takes. Batches must have been checked, or trusted.
 * @param concurrency how many answers may be waited for at the same time
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

async function filterBatch(batch: Batch, run: Run, ask: EntityPredicate, concurrency: number): Promise<Batch> {
  const positions: number[] = [];
  const fault = await askEach(batch, run, {
    ask,
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
  const message = `${source}: the function of filterEntities returned ${kind} for record ${recordIndex}; true or false is due`;
  return new SluiceError('INVALID', 'select', message, { source, recordIndex });
}
