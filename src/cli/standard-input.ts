/** Standard input, which can be read once: as the input, or by one flag. */
import { invalid } from '../terms/errors.js';

/** The argument that names standard input, or, for an output, standard output. */
export const STANDARD = '-';

/** What this process reads from standard input. */
let stdinClaimed: string | undefined;

/**
 * Claims standard input.
 * @param use what it is read as, for the message
 * @throws SluiceError `INVALID` if it is claimed already
 */
export function claimStdin(use: string): void {
  if (stdinClaimed !== undefined)
    throw invalid('accept', `standard input (-) can be read once: as ${stdinClaimed}, or as ${use}`);
  stdinClaimed = use;
}

/** Flags that read a file, by commander's name; those of the second list read `@file`. */
const READ_FLAGS = [
  ...[
    'filesFrom',
    'idsFrom',
    'request',
    'profiles',
    'since',
    'headersFile',
    'tokenFile',
    'tokensFile',
    'metricsTokenFile',
  ],
  ...['platformQuery', 'platformFields'],
];
const AT_FILE_FLAGS = ['query', 'token'];

/**
 * Refuses flags that would read standard input more than once, before one of them blocks on it.
 * @throws SluiceError `INVALID`
 */
export function refuseSharedStdin(flags: object): void {
  const claims = Object.entries(flags).flatMap(([name, value]) => {
    const places: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (READ_FLAGS.includes(name)) return places.filter((place) => place === STANDARD);
    return AT_FILE_FLAGS.includes(name) ? places.filter((place) => /^([^@]*=)?@-$/.test(String(place))) : [];
  });
  if (claims.length > 1) throw invalid('accept', 'standard input (-) can be read once; only one flag may name it');
}

/** Whether arguments and the list of files name standard input. */
export function namesStdin(inputs: readonly string[], filesFrom: string | undefined): boolean {
  if (filesFrom !== undefined) return filesFrom === STANDARD;
  return inputs.length === 0 || inputs.includes(STANDARD);
}
