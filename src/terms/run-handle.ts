/** The public part of a run. */
import type { Receipt } from './receipt.js';

/** The part of a run that callers see; `createRun` returns it for the streams of one pipeline to share. */
export interface RunHandle {
  /** The work automation id. */
  readonly id: string;
  /** Fires when the caller or the consumer ends the run. */
  readonly signal: AbortSignal;
  /** The proof at the end; rejects with the first failure, which is never an unhandled rejection. */
  readonly receipt: Promise<Receipt>;
  /** Ends the run at once with `ABORTED`. */
  abort(reason?: unknown): void;
}
