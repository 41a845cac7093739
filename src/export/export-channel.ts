/** Where exports are told to whoever listens: `tracing:sluice:export:*` of `node:diagnostics_channel`. */
import { tracingChannel } from 'node:diagnostics_channel';
import type { SluiceError } from '../terms/errors.js';
import type { OutputPlan } from '../terms/plan.js';
import type { Receipt } from '../terms/receipt.js';

/**
 * What subscribers to `tracing:sluice:export:start`, `end`, `asyncStart`, `asyncEnd` and `error` are given: one object
 * an export, at each of them. `start` comes when the first byte is asked for, `asyncEnd` when everything is closed.
 */
export interface ExportTrace {
  /** The run's id; of a job, the job's. */
  readonly id: string;
  /** How the result is written. */
  readonly output: OutputPlan;
  /**
   * There at the end of an export that succeeded. An attempt at a job that is handed back at a checkpoint, or cannot
   * store what comes out, leaves its export with neither receipt nor error.
   */
  readonly receipt?: Receipt;
  /** There from `error` on. */
  readonly error?: SluiceError;
}

const CHANNEL = tracingChannel<unknown, object>('sluice:export');

/**
 * Tells that an export begins, and when it has ended. Free when nobody listens.
 * @param ended the receipt, the failure, or undefined for an export that was left; asked only when somebody listens
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
  // The failure is told by the run itself, to those who wait for it.
  CHANNEL.tracePromise(settled, trace).catch(() => {});
}
