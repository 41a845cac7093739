/** Leaves out entities at the beginning of the result. */
import { type Batch, entityCount, keep } from '../terms/batch.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage.
 * @param count of entities to leave out; they count as filtered
 */
export function skipStage(count: number, sightings: Sightings = noSightings()): Stage<Batch, Batch> {
  return {
    name: 'skip',
    step: 'select',
    push(batch) {
      const skipped = sightings.skipped ?? 0;
      const left = Math.min(count - skipped, entityCount(batch));
      if (left === 0) return [batch];
      sightings.skipped = skipped + left;
      return [
        keep(
          batch,
          Array.from({ length: entityCount(batch) - left }, (_, index) => left + index),
        ),
      ];
    },
    flush: () => NOTHING,
  };
}
