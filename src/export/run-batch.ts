/** Chunks of streams of entities: batches, each with the run it belongs to. */
import type { Batch } from '../terms/batch.js';
import type { Run } from '../terms/run.js';

/** A batch between two streams. A stream that was given no run takes part in the run of its first batch. */
export class RunBatch {
  readonly run: Run;
  readonly batch: Batch;

  constructor(run: Run, batch: Batch) {
    this.run = run;
    this.batch = batch;
  }
}

/** The batches of a reader, for the next stream. */
export async function* runBatches(batches: AsyncGenerator<Batch, void>, run: Run): AsyncGenerator<RunBatch, void> {
  for await (const batch of batches) yield new RunBatch(run, batch);
}
