/** The place of a fault that was found in the values of an entity. */
import type { Batch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';

/** The fault with its place, if it is one of values that are nested too deeply and has none. */
export function faultAt({ source, firstIndex }: Batch, ordinal: number, cause: unknown): unknown {
  if (!(cause instanceof SluiceError) || cause.code !== 'TOO_DEEP' || cause.source !== undefined) return cause;
  const recordIndex = firstIndex + ordinal;
  const message = `${source}: ${cause.message} (record ${recordIndex})`;
  return new SluiceError(cause.code, 'select', message, { source, recordIndex, cause });
}
