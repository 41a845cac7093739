/** Entering an encoded batch in the ledger of its run. */
import { type Batch, entityCount } from '../terms/batch.js';
import type { Run } from '../terms/run.js';

/** Enters the batch with its entities as written; waits for `onReject` where it has rejected records. */
export function settleBatch(batch: Batch, run: Run): void | Promise<void> {
  const { covers, added, filtered, rejects, ending } = batch;
  const stoppedBy = ending?.kind === 'stop' ? ending.by : undefined;
  return run.settle({ covers, added: added?.length, filtered, rejects, written: entityCount(batch), stoppedBy });
}
