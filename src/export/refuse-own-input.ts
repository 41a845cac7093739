/** Refuses to overwrite a source with its own result. */

import type { Destination } from '../destinations/destination.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';

/**
 * Compares the files to be read with those to be written, by device and inode, so that links and redirections cannot hide
 * that two of them are one. Without existing outputs, no source is looked up.
 * @throws SluiceError (rejects) `INVALID`, before anything was read or written; what the source throws for missing files
 */
export async function refuseOwnInput(source: Source, outputs: readonly Destination[]): Promise<void> {
  if (!source.files) return;
  const names = new Map<string, string>();
  for (const output of outputs) {
    const identity = await output.identity?.();
    if (identity !== undefined) names.set(identity, output.name);
  }
  if (names.size === 0) return;
  for await (const { name, identity } of source.files()) {
    const output = identity === undefined ? undefined : names.get(identity);
    if (output === undefined) continue;
    const message = `${name} is read and would be overwritten, as ${output}; write to another file`;
    throw new SluiceError('INVALID', 'accept', message, { source: name, path: output });
  }
}
