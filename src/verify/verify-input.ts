/** Refuses inputs that cannot be verified: pipes, and empty files that may not be empty. */
import { stat } from 'node:fs/promises';
import { files } from '../sources/files.js';
import { SluiceError } from '../terms/errors.js';

/**
 * Refuses an input that can be read only once, such as a pipe, before it is read: verifying reads twice.
 * @throws SluiceError (rejects) `UNSUPPORTED_INPUT`; what `files` throws for a missing file
 */
export async function refuseUnlessPlain(path: string): Promise<void> {
  for await (const { name } of files(path).files?.() ?? []) await refusePipe(name);
}

/**
 * Refuses a file that is a pipe, a socket or a device.
 * @throws SluiceError (rejects) `UNSUPPORTED_INPUT`
 */
export async function refusePipe(name: string): Promise<void> {
  const found = await stat(name).catch(() => undefined);
  // Opening reports a file that is gone.
  if (!found || found.isFile() || found.isDirectory()) return;
  const message = `${name} is not a regular file, and verifying reads twice: save it to a file first, and verify that`;
  throw new SluiceError('UNSUPPORTED_INPUT', 'verify', message, { source: name });
}

/** Suffixes of files that are never empty: documents, arrays, tables and packed files have at least a frame or a header. */
const NEVER_EMPTY = /\.(zip|json|gz|gzip|zst|csv|tsv|dsv)$/i;

/**
 * Refuses an empty file whose suffix requires content; only lines may be empty.
 * @param name of the file
 * @param packed whether it was packed; then the suffix of the packing does not count
 * @throws SluiceError `TRUNCATED`
 */
export function refuseEmpty(name: string, packed = false): void {
  const inner = packed ? name.replace(/\.(gz|gzip|zst)$/i, '') : name;
  const ending = NEVER_EMPTY.exec(inner)?.[0];
  if (ending === undefined) return;
  throw new SluiceError('TRUNCATED', 'verify', `${name} is empty, which a complete ${ending} file never is`, {
    source: name,
  });
}
