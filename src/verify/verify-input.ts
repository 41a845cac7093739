/** What can be verified: plain files, and of the empty ones those that may be empty. */
import { stat } from 'node:fs/promises';
import { files } from '../sources/files.js';
import { SluiceError } from '../terms/errors.js';

/**
 * Refuses what can be read once only, such as a pipe, before anything of it is read: an artefact is read again.
 * @throws SluiceError `UNSUPPORTED_INPUT`; as `files` does where there is none
 */
export async function refuseUnlessPlain(path: string): Promise<void> {
  for await (const { name } of files(path).files?.() ?? []) {
    const found = await stat(name).catch(() => undefined);
    // What has gone by now, and what is a folder, is told by who opens it.
    if (!found || found.isFile() || found.isDirectory()) continue;
    const message = `${name} is no regular file, and verifying reads twice: save it to a file first, and verify that`;
    throw new SluiceError('UNSUPPORTED_INPUT', 'verify', message, { source: name });
  }
}

/** Names of what is never empty: documents, arrays, tables and packed files have at least a frame or a header. */
const NEVER_EMPTY = /\.(zip|json|gz|gzip|csv|tsv|dsv)$/i;

/**
 * Refuses a file without content whose name says that there must be some; lines alone may be none.
 * @param name of the file
 * @param packed whether it was packed, in which case the ending of that says nothing of what is inside
 * @throws SluiceError `TRUNCATED`
 */
export function refuseEmpty(name: string, packed = false): void {
  const inner = packed ? name.replace(/\.(gz|gzip)$/i, '') : name;
  const ending = NEVER_EMPTY.exec(inner)?.[0];
  if (ending === undefined) return;
  throw new SluiceError('TRUNCATED', 'verify', `${name} is empty, which no whole ${ending} file is`, { source: name });
}
