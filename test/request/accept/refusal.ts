/** For tests: the error of a refusal. */
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { SluiceError } from '../../../src/terms/errors.js';

/** Accepts a body that must be refused. */
export function refusal(request: unknown): SluiceError {
  return refusalOf(() => acceptRequest(request));
}

/** Calls a function that must be refused. */
export function refusalOf(act: () => unknown): SluiceError {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
