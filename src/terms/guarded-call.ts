/** Calls of the caller's functions at places where nobody could handle what they throw. */
import { isThenable } from './thenable.js';

/**
 * Calls a function from an event or a timer: what it throws, or the promise that it returns rejects with, would otherwise
 * end the process.
 * @param onFault receives that; it must not throw
 */
export function guardedCall(call: () => unknown, onFault: (cause: unknown) => void): void {
  try {
    const returned = call();
    if (isThenable(returned)) returned.then(undefined, onFault);
  } catch (cause) {
    onFault(cause);
  }
}
