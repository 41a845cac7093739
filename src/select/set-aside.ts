/** Sets a file aside at its first fault: the records before it stay, and the next file follows. */
import type { Batch } from '../terms/batch.js';
import { NOTHING, type Stage } from '../terms/stage.js';

/**
 * Makes the stage, which comes after all stages that find faults. Under `onError: 'skip-file'` batches say which input they
 * are from; others pass unchanged, with their faults.
 */
export function setAsideStage(): Stage<Batch, Batch> {
  return {
    name: 'set-aside',
    step: 'select',
    push(batch, run) {
      const { fromInput, covers, unread = 0, ending, source, firstIndex } = batch;
      if (fromInput === undefined) return [batch];
      if (run.ledger.isAside(fromInput)) {
        // It was read ahead of the fault in an earlier batch.
        run.ledger.countFound(-covers - unread);
        return NOTHING;
      }
      // A function of the caller that fails stops the run: that is no fault of a file.
      if (ending?.kind !== 'fault' || run.stopping) return [batch];
      run.setAside(fromInput, { source, error: ending.error, records: firstIndex + covers });
      run.ledger.countFound(-unread);
      return [{ ...batch, ending: undefined, unread: undefined }];
    },
    flush: () => NOTHING,
  };
}
