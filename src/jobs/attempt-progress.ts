/** Progress of a job, computed from the progress or receipt of its export. */

import type { Progress } from '../terms/progress.js';
import type { Receipt } from '../terms/receipt.js';
import type { JobProgress } from './job.js';

/** Facts that the export does not know. */
export interface AttemptFacts {
  /** Bytes of the source that earlier attempts have read. */
  readonly startBytes: number;
  /** Size of the source, if known. */
  readonly totalBytes: number | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** Progress while the export runs. */
export function runningProgress(progress: Progress, { startBytes, totalBytes, now }: AttemptFacts): JobProgress {
  const { read, written, bytesIn, elapsedMs, recordsPerSecond } = progress;
  const perMs = (bytesIn - startBytes) / elapsedMs;
  const left = totalBytes === undefined ? undefined : Math.max(0, totalBytes - bytesIn);
  const estimatedEnd = left === undefined || !(perMs > 0) ? undefined : Math.round(now + left / perMs);
  const bytesPerSecond = Math.round(perMs * 1000);
  return { read, written, bytesIn, recordsPerSecond, bytesPerSecond, totalBytes, estimatedEnd };
}

/** Progress after the end of the export. */
export function finalProgress(receipt: Receipt, { startBytes, totalBytes }: AttemptFacts): JobProgress {
  const { read, written, bytesIn, durationMs } = receipt;
  const perSecond = (amount: number) => Math.round((amount * 1000) / Math.max(1, durationMs));
  const rates = { bytesPerSecond: perSecond(bytesIn - startBytes), recordsPerSecond: perSecond(read) };
  return { read, written, bytesIn, totalBytes, ...rates };
}
