/** Ends the run when enough entities have come. */
import { type Batch, endAfter, entityCount, ordinalAt } from '../terms/batch.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage.
 * @param maxRecords how many entities pass; the source is told to end with the last of them
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
      const ordinal = left === 0 ? -1 : ordinalAt(batch, left - 1);
      // A batch that already ends with this very entity keeps its own reason.
      if (batch.ending?.kind === 'stop' && ordinal === batch.covers - 1) return [batch];
      return [endAfter(batch, ordinal, { kind: 'stop', by: 'limit' })];
    },
    flush: () => NOTHING,
  };
}
