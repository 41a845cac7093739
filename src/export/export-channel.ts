/** Publishes exports on `tracing:sluice:export:*` of `node:diagnostics_channel`. */
import { tracingChannel } from 'node:diagnostics_channel';
import type { SluiceError } from '../terms/errors.js';
import type { OutputPlan } from '../terms/plan.js';
import type { Receipt } from '../terms/receipt.js';

/**
 * The message of `tracing:sluice:export:start`, `end`, `asyncStart`, `asyncEnd` and `error`: the same object for all events
 * of one export. `start` comes when the first byte is requested, `asyncEnd` when everything is closed.
 */
export interface ExportTrace {
  /** The run's id; of a job, the job's. */
  readonly id: string;
  /** How the result is written. */
  readonly output: OutputPlan;
  /**
   * Present at the end of an export that succeeded. An attempt of a job that is requeued at a checkpoint, or cannot store
   * its output, leaves its export with neither receipt nor error.
   */
  readonly receipt?: Receipt;
  /** Present from `error` on. */
  readonly error?: SluiceError;
}

const CHANNEL = tracingChannel<unknown, object>('sluice:export');

/**
 * Publishes the beginning and the end of an export; without subscribers it costs nothing.
 * @param ended the receipt, the failure, or undefined for an export that was left; called only with subscribers
 */
export function traceExport(
  { id, output }: Pick<ExportTrace, 'id' | 'output'>,
  ended: () => Promise<Receipt | undefined>,
): void {
  if (!CHANNEL.hasSubscribers) return;
  const trace: { id: string; output: OutputPlan; receipt?: Receipt } = { id, output };
  const settled = async () => {
    const receipt = await ended();
    if (receipt) trace.receipt = receipt;
  };
  // The run itself reports the failure, to those who wait for its receipt.
  CHANNEL.tracePromise(settled, trace).catch(() => {});
}
