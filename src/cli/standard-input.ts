/** Standard input, which can be read once: as the input, or as what one flag names. */
import { invalid } from '../terms/errors.js';

/** The argument that names standard input, and where something is written, standard output. */
export const STANDARD = '-';

/** What standard input is read as, in this process. */
let stdinClaimed: string | undefined;

/**
 * Claims standard input, which can be read once.
 * @param use what it is read as, in words
 * @throws SluiceError `INVALID` where it is read as something else already
 */
export function claimStdin(use: string): void {
  if (stdinClaimed !== undefined)
    throw invalid('accept', `standard input (-) can be read once: as ${stdinClaimed}, or as ${use}`);
  stdinClaimed = use;
}

/** Flags that name a file to be read, as commander calls them; those of the second list as `@file`. */
const READ_FLAGS = [
  ...['idsFrom', 'request', 'profiles', 'since', 'headersFile', 'tokenFile', 'tokensFile', 'metricsTokenFile'],
  ...['platformQuery', 'platformFields'],
];
const READ_BY_SIGN_FLAGS = ['query', 'token'];

/**
 * Refuses flags that would read standard input more than once, before one of them waits for it.
 * @throws SluiceError `INVALID`
 */
export function refuseSharedStdin(flags: object): void {
  const claims = Object.entries(flags).flatMap(([name, value]) => {
    const places: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (READ_FLAGS.includes(name)) return places.filter((place) => place === STANDARD);
    return READ_BY_SIGN_FLAGS.includes(name) ? places.filter((place) => /^([^@]*=)?@-$/.test(String(place))) : [];
  });
  if (claims.length > 1) throw invalid('accept', 'standard input (-) can be read once; only one flag may name it');
}

/** Whether arguments name standard input. */
export function namesStdin(inputs: readonly string[]): boolean {
  return inputs.length === 0 || inputs.includes(STANDARD);
}
