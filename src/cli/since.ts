/** `--since`: what was modified after an earlier export had begun, by that export's receipt. */
import type { Conditions } from '../terms/criteria.js';
import { invalid } from '../terms/errors.js';
import { jsonObject } from '../terms/json-value.js';
import { readText } from './text-file.js';

/** Milliseconds that a delta begins before the export it follows, where none are given. */
export const DEFAULT_OVERLAP_MS = 5 * 60_000;

/**
 * Reads the receipt of an earlier export.
 * @param overlapMs how long before the start of that export modifications count: for clocks that differ, and for
 *   records that were being written while it ran
 * @returns the criterion for what was modified since
 * @throws SluiceError as `readText` does; `INVALID` for what is no receipt, and for one of an export that ended at its
 *   limit, behind which nobody knows what was left
 */
export async function modifiedSince(path: string, overlapMs: number): Promise<Conditions> {
  const text = await readText(path);
  const { startedAt, stoppedBy } = receiptIn(text) ?? {};
  const start = typeof startedAt === 'string' ? Date.parse(startedAt) : Number.NaN;
  if (Number.isNaN(start)) throw invalid('accept', 'not a receipt: it does not state when its export began', path);
  if (stoppedBy === 'limit') {
    throw invalid('accept', 'the receipt of an export that ended at its limit: entities beyond it would be lost', path);
  }
  const from = new Date(start - overlapMs).toISOString();
  return { modifiedDate: { gte: from, type: '_DATETIME' } };
}

function receiptIn(text: string): { readonly startedAt?: unknown; readonly stoppedBy?: unknown } | undefined {
  try {
    return jsonObject(JSON.parse(text), '');
  } catch {
    return undefined;
  }
}
