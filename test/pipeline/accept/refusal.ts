/** For tests: the error that a request is refused with. */
import { acceptRequest } from '../../../src/pipeline/accept/accept-request.js';
import { SluiceError } from '../../../src/terms/errors.js';

/** Asks for something that must be refused. */
export function refusal(request: unknown): SluiceError {
  try {
    acceptRequest(request);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}
