/** Failures of functions that the caller passed. */
import { type ErrorDetails, messageOf, SluiceError, type StageName } from './errors.js';

/**
 * The error of what a function or an iterable of the caller threw; a SluiceError is returned unchanged.
 * @param what the function in words, such as "the function of mapEntities"
 */
export function callbackFailed(what: string, cause: unknown, stage: StageName, details?: ErrorDetails): SluiceError {
  if (cause instanceof SluiceError) return cause;
  const { source, recordIndex } = details ?? {};
  const place = recordIndex === undefined ? '' : ` for record ${recordIndex}`;
  const message = `${source === undefined ? '' : `${source}: `}${what} failed${place}: ${messageOf(cause)}`;
  return new SluiceError('CALLBACK_FAILED', stage, message, { ...details, cause });
}
