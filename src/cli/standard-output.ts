/** Standard output: what it is called, and the reader that goes away from it. */
import { SluiceError, systemCode } from '../terms/errors.js';

/** What errors call it. */
const NAMES: ReadonlySet<string | undefined> = new Set([
  'standard output',
  '/dev/stdout',
  '/dev/fd/1',
  '/proc/self/fd/1',
]);

/** Whether a path is standard output; a dash is where an output is named. */
export function namesStdout(path: string): boolean {
  return path === '-' || NAMES.has(path);
}

/** Whether a reader went away, as `head` does when it has seen enough. */
export function hasClosedPipe(cause: unknown): boolean {
  for (let error = cause; error instanceof Error; error = error.cause) if (systemCode(error) === 'EPIPE') return true;
  return false;
}

/** Whether a command ended because the reader of its result on standard output went away. */
export function readerLeft(cause: unknown): boolean {
  return cause instanceof SluiceError && NAMES.has(cause.path) && hasClosedPipe(cause);
}
