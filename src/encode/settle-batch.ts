/** Entering an encoded batch in the ledger of its run. */
import { type Batch, entityCount } from '../terms/batch.js';
import type { Run } from '../terms/run.js';

/** Enters the batch with its entities as written; waits for `onReject` where it has rejected records. */
export function settleBatch(batch: Batch, run: Run): void | Promise<void> {
  const { covers, added, nested, filtered, rejects, ending } = batch;
  return run.settle({
    covers,
    added: added?.length,
    nested: nested?.length,
    filtered,
    written: entityCount(batch),
    rejects,
    stoppedBy: ending?.kind === 'stop' ? ending.by : undefined,
  });
}
