/** What is wrong with a command line. */
import { SluiceError } from '../terms/errors.js';

/** An error in the command line. */
export function usage(message: string): SluiceError {
  return new SluiceError('INVALID', 'accept', message);
}
