/** Where an export may be cut into slices, and what its checkpoints hold. */

import type { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import type { Batch, ByteBatch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { OutputPlan } from '../terms/plan.js';
import { bytesUpTo, type ResumePoint } from '../terms/position.js';
import type { Run } from '../terms/run.js';
import type { ExportChain } from './export-chain.js';
import type { ExportCheckpoint } from './export-checkpoint.js';
import type { Cutter } from './fuse.js';
import { isPacked, packedBytes } from './packed-bytes.js';
import type { PlanFingerprint } from './plan-fingerprint.js';

/** Decides whether a slice ends, given the bytes of the source up to the end of a batch. */
export type EndsSlice = (soFar: { readonly bytesDone: number }) => boolean;

/** Sources of the data in checkpoints. */
export interface CheckpointSources {
  readonly output: OutputPlan;
  /** Whether stages hold what no checkpoint has: entities that wait until the last one has come, or are compared. */
  readonly isWhole: boolean;
  readonly stages: ExportChain;
  /** Holds what waits for the end of the input. */
  readonly spool: PartitionedSpool;
  readonly fingerprint: () => PlanFingerprint;
  readonly endsSlice: EndsSlice;
  readonly run: Run;
}

/** Makes the checkpoints of one export. */
export class Checkpointer implements Cutter<Batch> {
  readonly #sources: CheckpointSources;
  /** The position of the next checkpoint. */
  #next: ResumePoint | undefined;

  constructor(sources: CheckpointSources) {
    this.#sources = sources;
  }

  endsAfter(batch: Batch): boolean {
    this.#next = this.#resumableAfter(batch);
    // Not the bytes that were read ahead: their number depends on timing, and equal input must give equal slices.
    return this.#next !== undefined && this.#sources.endsSlice({ bytesDone: bytesUpTo(this.#next.position) });
  }

  async checkpoint(): Promise<ExportCheckpoint> {
    const { output, stages, spool, fingerprint, run } = this.#sources;
    if (!this.#next) throw new SluiceError('INTERNAL', 'run', 'a checkpoint was requested where no slice ends');
    const kept = await this.#next.keep();
    const { files, meter } = stages;
    const { state } = stages.waiting;
    const checkpoint = files ? files.checkpoint.current : stages.pack?.checkpoint;
    const { bytes: outputBytes, sha256 } = meter.measure;
    const envelope = stages.envelope?.state;
    const unpackedBytes = isPacked(output) ? 0 : packedBytes(outputBytes, envelope);
    return {
      source: kept.position,
      counts: run.ledger.counts,
      notes: [...run.ledger.notes, ...kept.notes],
      setAside: run.ledger.setAside,
      found: [...stages.found],
      sightings: structuredClone(stages.sightings),
      documentBytes: checkpoint ? checkpoint.state.uncompressed + checkpoint.pending.length : unpackedBytes,
      outputBytes,
      outputSha256: outputBytes > 0 ? sha256 : undefined,
      plan: fingerprint(),
      pack: checkpoint,
      envelope,
      finished: files && [...files.checkpoint.finished],
      waiting: state && { state, spool: await spool.mark() },
    };
  }

  /** The position after a batch from which a later run can continue; undefined if there is none. */
  #resumableAfter(batch: Batch): ResumePoint | undefined {
    const { isWhole, stages, run } = this.#sources;
    if (isWhole) return undefined;
    const isAside = batch.fromInput !== undefined && run.ledger.isAside(batch.fromInput);
    return run.stopping || isAside || stages.files?.held || !isOpen(batch) ? undefined : batch.next;
  }
}

function isOpen(batch: Batch): batch is ByteBatch {
  return batch.kind === 'bytes' && !batch.ending;
}
