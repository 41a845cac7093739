/** No result is written over a file that a flag names to be read. */
import { identityOfPath } from '../destinations/identity.js';
import { usage } from './inputs.js';
import { STANDARD } from './standard-input.js';

/** Flags and the paths that they name; a dash is standard input, or standard output. */
export type NamedPaths = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A pair that is one file on purpose: the receipt of one export is where the next begins. */
const MAY_BE_ONE = { read: '--since', written: '--receipt' };

/**
 * Holds the files that flags read against those that will be written, by device and inode. Called before one is read.
 * @throws SluiceError `INVALID`
 */
export async function refuseReadFiles(read: NamedPaths, written: NamedPaths): Promise<void> {
  const outputs = await identified(written, '/dev/stdout');
  if (outputs.length === 0) return;
  for (const input of await identified(read, '/dev/stdin')) {
    for (const output of outputs) {
      if (input.identity !== output.identity) continue;
      if (input.flag === MAY_BE_ONE.read && output.flag === MAY_BE_ONE.written) continue;
      throw usage(
        `${input.path} is read, as ${input.flag} says, and would be written, as ${output.flag} ${output.path}; ` +
          'write to another file',
      );
    }
  }
}

interface Identified {
  readonly flag: string;
  readonly path: string;
  readonly identity: string;
}

/** The files that are there; what is new, a terminal or a socket is nothing to be lost. */
async function identified(named: NamedPaths, standard: string): Promise<readonly Identified[]> {
  const found: Identified[] = [];
  for (const [flag, paths] of Object.entries(named)) {
    for (const path of typeof paths === 'string' ? [paths] : (paths ?? [])) {
      const identity = await identityOfPath(path === STANDARD ? standard : path);
      if (identity !== undefined) found.push({ flag, path, identity });
    }
  }
  return found;
}
