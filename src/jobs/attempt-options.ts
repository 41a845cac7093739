/** Options of an attempt. */
import type { BlobStore } from '../results/blob-store.js';
import type { Source } from '../sources/source.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine } from './engine.js';
import type { FaultHook } from './fault-points.js';
import type { JobPlans } from './job-plan.js';

/** Maximum size of a slice, which ends at the first limit reached. Written from its table by `npm run options`. */
export interface SliceLimits {
  /** Input between two checkpoints, which is read again when a process dies. Default: 64 MiB. */
  readonly bytes: number;
  /** Maximum time between two checkpoints. Default: 30s. */
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
