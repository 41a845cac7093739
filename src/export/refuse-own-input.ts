/** Refuses to overwrite a source with its own result. */

import type { Destination } from '../destinations/destination.js';
import { withChangedInputs } from '../sources/changed-inputs.js';
import type { NamedFile, Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';

/** Existing files that will be written, by their identity. */
export type Outputs = ReadonlyMap<string, string>;

/** Files that are examined before any is read; looking up all of a large folder takes as long as reading some of them. */
const EXAMINED_FIRST = 1000;

/**
 * Compares the first files to be read with those to be written, by device and inode, so that links and redirections cannot
 * hide that two of them are one. Without existing outputs, no source is looked up.
 * @param setsAside whether files that cannot be examined are left to reading, which sets them aside
 * @returns the outputs, with which `guarded` compares every file that is opened
 * @throws SluiceError (rejects) `INVALID`, before anything was read or written; what the source throws for missing files
 */
export async function refuseOwnInput(
  source: Source,
  outputs: readonly Destination[],
  setsAside = false,
): Promise<Outputs> {
  const names = new Map<string, string>();
  for (const output of outputs) {
    const identity = await output.identity?.();
    if (identity !== undefined) names.set(identity, output.name);
  }
  if (names.size === 0 || !source.files) return names;
  let examined = 0;
  for await (const file of source.files(setsAside ? () => {} : undefined)) {
    refuseOutput(file, names);
    if (++examined === EXAMINED_FIRST) break;
  }
  return names;
}

/**
 * Compares all files of a source with existing files that will be replaced, by their identity.
 * @throws SluiceError (rejects) `INVALID`
 */
export async function refuseInputs(source: Source, outputs: Outputs): Promise<void> {
  // What cannot be examined any more cannot be overwritten either.
  for await (const file of source.files?.(() => {}) ?? []) refuseOutput(file, outputs);
}

/** The source, which fails with `INVALID` when it comes to a file that is an output. */
export function guarded(source: Source, outputs: () => Outputs): Source {
  return withChangedInputs(source, async function* (inputs) {
    for await (const input of inputs) {
      try {
        if (input.kind === 'bytes') refuseOutput(input, outputs());
      } catch (cause) {
        if (input.kind === 'bytes') await input.close();
        throw cause;
      }
      yield input;
    }
  });
}

function refuseOutput({ name, identity }: NamedFile, outputs: Outputs): void {
  const output = identity === undefined ? undefined : outputs.get(identity);
  if (output === undefined) return;
  const message = `${name} is read and would be overwritten, as ${output}; write to another file`;
  throw new SluiceError('INVALID', 'accept', message, { source: name, path: output });
}
