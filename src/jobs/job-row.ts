/** A job as engines store it. */
import type { JoinProgress, Part } from '../results/blob-store.js';
import type { JobSummary, ResultFile } from './job.js';

/** A file of a result, and the parts it consists of. */
export interface StoredFile extends ResultFile {
  readonly parts: readonly Part[];
  /** Whether it is the index for the next delta, which is no part of the result; default: it is not. */
  readonly isIndex?: boolean;
}

/** What the next attempt resumes from; most of it is in the store. */
export interface JobCheckpoint {
  /** State of the export. */
  readonly state: Part;
  readonly parts: readonly Part[];
  /** Parts of the file of rejected records. */
  readonly rejects: readonly Part[];
  /** Rows that wait for the end of the input; absent: none. */
  readonly spooled?: readonly Part[];
  /** How far the parts have been joined, if the store joins them. */
  readonly joined?: JoinProgress;
}

/** A job as stored, without its request; the receipt is the only payload. */
export interface JobRow extends JobSummary {
  readonly files: readonly StoredFile[];
  readonly checkpoint?: JobCheckpoint;
  readonly idempotencyKey?: string;
  /** Addresses that are told of the end. */
  readonly webhooks?: readonly string[];
  /** That of the submission among them, which is told of a repetition, too. */
  readonly ownWebhook?: string;
  /** A queued job is not claimed before, in milliseconds since 1970. */
  readonly notBefore?: number;
  /** Maximum of running jobs of its tenant when it was submitted; absent: that of the engine. */
  readonly mostRunning?: number;
  /** Lost attempts since the last checkpoint: neither ended nor requeued, as when their process dies. */
  readonly lost: number;
}

/** A row with its request, which may be much larger: read it only where it is needed. */
export interface WholeRow extends JobRow {
  readonly request: unknown;
}
