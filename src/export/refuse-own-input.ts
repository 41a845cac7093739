/** No result is written over what it is made of. */

import type { Destination } from '../destinations/destination.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';

/**
 * Holds the files that will be read against those that will be written, by device and inode, so that links and
 * redirections do not hide that two of them are one. Where nothing is there to be written over, nothing is looked up.
 * @throws SluiceError `INVALID`, before anything was read or written; what the source throws of files that are not there
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
    const message = `${name} is read and would be written, as ${output}; write to another file`;
    throw new SluiceError('INVALID', 'accept', message, { source: name, path: output });
  }
}
