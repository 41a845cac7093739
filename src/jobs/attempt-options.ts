/** What an attempt at a job works with. */
import type { BlobStore } from '../results/blob-store.js';
import type { Source } from '../sources/source.js';
import type { Logger } from '../terms/logger.js';
import type { JobEngine } from './engine.js';
import type { FaultHook } from './fault-points.js';
import type { JobPlans } from './job-plan.js';

/** How long a slice may be; it ends with the first of the two. */
export interface SliceLimits {
  /** Bytes of input, up to the end of the batch that reaches them. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** What an attempt works with. */
export interface AttemptOptions {
  readonly engine: JobEngine;
  readonly store: BlobStore;
  readonly source: Source;
  readonly plans: JobPlans;
  readonly slice: SliceLimits;
  /** Records the job may write, and bytes the tenant may have stored. */
  readonly quota: { readonly records: number; readonly bytes: number };
  readonly resultTtlMs: number;
  readonly now: () => number;
  readonly logger: Logger;
  readonly hit: FaultHook;
  /** Ends the attempt at once. */
  readonly signal: AbortSignal;
  /** Whether it should come to a checkpoint soon, and hand the job back. */
  readonly stopping: () => boolean;
  /** Told behind each checkpoint. */
  readonly onCheckpoint?: () => void;
  /** Told when the attempt makes progress, and whether it waits for what the export gives, rather than for a store. */
  readonly onMove?: (waits: boolean) => void;
}
