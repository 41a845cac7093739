/** For tests: the error that something is refused with. */
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { SluiceError } from '../../../src/terms/errors.js';

/** Asks for something that must be refused. */
export function refusal(request: unknown): SluiceError {
  return refusalOf(() => acceptRequest(request));
}

/** Does something that must be refused. */
export function refusalOf(act: () => unknown): SluiceError {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
