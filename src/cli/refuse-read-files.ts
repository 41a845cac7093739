/** Refuses outputs that would overwrite a file that a flag reads. */
import { identityOfPath } from '../destinations/identity.js';
import { STANDARD } from './standard-input.js';
import { usage } from './usage.js';

/** The paths that flags name; a dash is standard input or standard output. */
export type NamedPaths = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The pair that may be one file: the receipt of one export is where the next begins. */
const ALLOWED_PAIR = { read: '--since', written: '--receipt' };

/**
 * Compares the files that flags read with those that will be written, by device and inode, before any is read.
 * @throws SluiceError `INVALID`
 */
export async function refuseReadFiles(read: NamedPaths, written: NamedPaths): Promise<void> {
  const outputs = await identified(written, '/dev/stdout');
  if (outputs.length === 0) return;
  for (const input of await identified(read, '/dev/stdin')) {
    for (const output of outputs) {
      if (input.identity !== output.identity) continue;
      if (input.flag === ALLOWED_PAIR.read && output.flag === ALLOWED_PAIR.written) continue;
      throw usage(
        `${output.flag} ${output.path} would overwrite ${input.path}, which ${input.flag} reads; write to another file`,
      );
    }
  }
}

interface Identified {
  readonly flag: string;
  readonly path: string;
  readonly identity: string;
}

/** The existing files among the paths; terminals and sockets have no content to lose. */
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
