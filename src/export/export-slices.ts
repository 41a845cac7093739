/** An export in slices: bytes, and between them checkpoints from which a later run continues with the same bytes. */
import type { DeltaPorts } from '../delta/comparison.js';
import type { Source } from '../sources/source.js';
import { PartitionedSpool, type SpoolPlace } from '../temporary-files/partitioned-spool.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import type { ExportPlan } from '../terms/plan.js';
import type { Progress } from '../terms/progress.js';
import type { Receipt, Reject } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { EndsSlice } from './checkpointer.js';
import { newRun } from './create-run.js';
import { driveExport } from './drive-export.js';
import { traceExport } from './export-channel.js';
import type { ExportEvent } from './fuse.js';
import { fingerprintOf } from './plan-fingerprint.js';
import { resumeChain, type SliceStart } from './resume-chain.js';

/** Options of a sliced export. */
export interface SliceOptions {
  readonly source: Source;
  readonly plan: ExportPlan;
  /**
   * Called after each batch: whether the slice ends there. It is not called where no later run could continue: in
   * sources without positions, and while the first of several files waits for its name.
   */
  readonly endsSlice: EndsSlice;
  /** What a delta is compared with, and what it leaves: it is always written in one slice; absent: all entities are written. */
  readonly delta?: DeltaPorts | undefined;
  /** The state after an earlier run; absent: the beginning. */
  readonly from?: SliceStart;
  /** The path of the file in which rows wait for the end of the input; default: a file without a name. */
  readonly spool?: SpoolPlace;
  /** When the first run began, in milliseconds since 1970; default now. */
  readonly startedAt?: number;
  readonly signal: AbortSignal;
  readonly logger?: Logger;
  readonly onProgress?: (progress: Progress) => void;
  readonly onReject?: (reject: Reject) => void | Promise<void>;
}

/** Bytes of rows that wait in memory; of entities that wait for their files more do, since each file has a part. */
const ROWS_IN_MEMORY = 4 * 1024 * 1024;

/** A sliced export in progress. */
export interface SlicedExport {
  /** Each chunk must be consumed before the next one is requested. Leaving early ends the run and closes the source. */
  readonly events: AsyncGenerator<ExportEvent, void>;
  /** The proof at the end, over all runs; rejects with the first failure, which is never an unhandled rejection. */
  readonly receipt: Promise<Receipt>;
}

/**
 * Starts or continues an export. Runs that ended after a checkpoint and the runs that continued from it together produce
 * the same bytes as one run.
 * @throws (while reading) SluiceError whatever the export fails with; `SOURCE_CHANGED`; `PLAN_CHANGED` where the first run
 * had another meaning; `VERIFY_FAILED` where the stored bytes are not those of the checkpoint, or would be made in another
 * way now: then the export must start again
 */
export function exportSlices(options: SliceOptions): SlicedExport {
  const { plan, startedAt, signal, logger, onProgress, onReject } = options;
  const run = newRun({ id: plan.id, startedAt, signal, logger, onProgress, onReject });
  run.beginReading();
  return { events: runSlices(options, run), receipt: run.receipt };
}

async function* runSlices(options: SliceOptions, run: Run): AsyncGenerator<ExportEvent, void> {
  const leave = run.join();
  const spool = new PartitionedSpool(options.spool, options.plan.output.splitBy ? undefined : ROWS_IN_MEMORY);
  /** The reader has left between two events. */
  let left = true;
  traceExport({ id: run.id, output: options.plan.output }, () =>
    run.receipt.then(
      (receipt) => (left ? undefined : receipt),
      (failure: unknown) => (left ? undefined : Promise.reject(failure)),
    ),
  );
  try {
    const { source, plan, from, delta, endsSlice } = options;
    const fingerprint = fingerprintOf(plan, source);
    const state = from && (await resumeChain(from, plan, fingerprint()));
    const waiting = from?.checkpoint.waiting;
    if (waiting) await spool.restore(waiting.spool);
    if (from) run.ledger.resume(from.checkpoint.counts, from.checkpoint.notes, from.checkpoint.setAside);
    yield* driveExport(
      source,
      plan,
      {
        digest: true,
        delta,
        from: from && state && { position: from.checkpoint.source, state },
        slices: { endsSlice, fingerprint, spool },
      },
      run,
    );
    left = false;
  } catch (cause) {
    left = false;
    if (cause instanceof SluiceError) run.fail(cause);
    throw cause;
  } finally {
    await spool.close();
    leave();
  }
}
