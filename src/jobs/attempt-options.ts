/** Options of an attempt. */
import type { BlobStore } from '../results/blob-store.js';
import type { Source } from '../sources/source.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine } from './engine.js';
import type { FaultHook } from './fault-points.js';
import type { JobPlans } from './job-plan.js';

/** Maximum size of a slice, which ends at the first limit reached. */
export interface SliceLimits {
  /** Bytes of input, up to the end of the batch that reaches them. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** What an attempt needs. */
export interface AttemptOptions {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly source: Source;
  readonly plans: JobPlans;
  readonly slice: SliceLimits;
  /** Maximum records of the job, and maximum stored bytes of the tenant. */
  readonly quota: { readonly records: number; readonly bytes: number };
  readonly resultTtlMs: number;
  readonly now: () => number;
  readonly logger: Logger;
  readonly hit: FaultHook;
  /** Aborts the attempt. */
  readonly signal: AbortSignal;
  /** Whether the attempt should soon write a checkpoint and requeue the job. */
  readonly stopping: () => boolean;
  /** Called after each checkpoint. */
  readonly onCheckpoint?: () => void;
  /** Called when the attempt makes progress, with whether it waits for the export rather than for a store. */
  readonly onProgress?: (waits: boolean) => void;
}
