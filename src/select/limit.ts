/** Ends the run when enough entities have passed. */
import { type Batch, endWith, entityCount, ordinalAt } from '../terms/batch.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage.
 * @param maxRecords maximum of entities; reading ends with the last of them
 */
export function limitStage(maxRecords: number): Stage<Batch, Batch> {
  let left = maxRecords;
  let done = false;
  return {
    name: 'limit',
    step: 'select',
    push(batch, run) {
      if (done) return NOTHING;
      const count = entityCount(batch);
      if (count < left) {
        left -= count;
        return [batch];
      }
      done = true;
      run.stop();
      batch.enough?.(batch.firstIndex + (left === 0 ? -1 : ordinalAt(batch, left - 1)));
      // A batch that already ends with this entity keeps its own reason.
      const isLast = count === left && left > 0 && ordinalAt(batch, left - 1) === batch.covers - 1;
      if (batch.ending?.kind === 'stop' && isLast) return [batch];
      return [endWith(batch, left, { kind: 'stop', by: 'limit' })];
    },
    flush: () => NOTHING,
  };
}
