/** Standard output: its names, and readers that close it. */

import { isError } from '../terms/any-error.js';
import { SluiceError, systemCode } from '../terms/errors.js';

/** Its names in errors. */
const NAMES: ReadonlySet<string | undefined> = new Set([
  'standard output',
  '/dev/stdout',
  '/dev/fd/1',
  '/proc/self/fd/1',
]);

/** Whether a path names standard output; only for outputs, as a dash is otherwise standard input. */
export function namesStdout(path: string): boolean {
  return path === '-' || NAMES.has(path);
}

/** Whether the reader closed the pipe, as `head` does. */
export function hasClosedPipe(cause: unknown): boolean {
  for (let error = cause; isError(error); error = error.cause) if (systemCode(error) === 'EPIPE') return true;
  return false;
}

/** Whether a command failed because the reader of standard output closed it. */
export function readerLeft(cause: unknown): boolean {
  return cause instanceof SluiceError && NAMES.has(cause.path) && hasClosedPipe(cause);
}
