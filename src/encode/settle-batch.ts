/** What an encoder tells the run of a batch it is done with. */
import { type Batch, entityCount } from '../terms/batch.js';

/** Enters the batch in the ledger, its entities as written; waits for the handler of rejects where there are any. */
export function settleBatch(batch: Batch): void | Promise<void> {
  const { run, covers, filtered, rejects, ending } = batch;
  const stoppedBy = ending?.kind === 'stop' ? { stoppedBy: ending.by } : {};
  return run.settle({ covers, filtered, rejects, written: entityCount(batch), ...stoppedBy });
}
