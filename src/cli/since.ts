/** `--since`: the criterion for entities modified since an earlier export, from its receipt. */
import type { Conditions } from '../terms/criteria.js';
import { invalid } from '../terms/errors.js';
import { jsonObject } from '../terms/json-value.js';
import { readText } from './text-file.js';

/** Default overlap of a delta with the export it follows. */
export const DEFAULT_OVERLAP_MS = 5 * 60_000;

/**
 * Reads the receipt of an earlier export.
 * @param overlapMs how long before the start of that export modifications count: for clock differences, and for
 *   records that were being written during it
 * @returns the criterion for modifications since then
 * @throws SluiceError as `readText` does; `INVALID` for anything but a receipt, and for that of an export that ended at
 *   its limit: what it left out is unknown
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
