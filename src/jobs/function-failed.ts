/** Failures of functions that options hold: where a service behind such a function fails, the failure is temporary. */
import { isOutage } from '../remote/connection.js';
import { callbackFailed } from '../terms/callback-failed.js';
import { messageOf, SluiceError } from '../terms/errors.js';

/** How long a function of a tenant may take, in milliseconds. */
const LONGEST_CALL_MS = 30_000;

/**
 * The error of what a function of an option threw: a `SluiceError` is returned unchanged, a connection that could not be
 * made or broke is `SERVICE_FAILED`, anything else `CALLBACK_FAILED`, which is not retried.
 */
export function functionFailed(option: string, cause: unknown): SluiceError {
  const what = functionOf(option);
  if (cause instanceof SluiceError || !isOutage(cause)) return callbackFailed(what, cause, 'job');
  return new SluiceError('SERVICE_FAILED', 'job', `${what} failed: ${messageOf(cause)}`, { cause });
}

/**
 * What a function of an option returns, within a limit of time: a caller that waits for it takes a place that others need.
 * @throws SluiceError `SERVICE_FAILED`, `CALLBACK_FAILED`, and those of the function
 */
export async function returnedOf<T>(option: string, call: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const message = `${functionOf(option)} has not returned within ${LONGEST_CALL_MS / 1000} s`;
    timer = setTimeout(() => reject(new SluiceError('SERVICE_FAILED', 'job', message)), LONGEST_CALL_MS);
  });
  try {
    return await Promise.race([call(), over]);
  } catch (cause) {
    throw functionFailed(option, cause);
  } finally {
    clearTimeout(timer);
  }
}

function functionOf(option: string): string {
  return `the function of the option ${option}`;
}
