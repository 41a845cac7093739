/** `--profiles`: files with profiles, in the library's form or as documented objects. */
import { acceptProfiles } from '../pipeline/accept/profile.js';
import { SluiceError } from '../terms/errors.js';
import type { Profile } from '../terms/profile.js';
import { readJson } from './json-file.js';

/**
 * Reads the profiles of all files.
 * @throws SluiceError `READ_FAILED`; what `acceptProfiles` throws, with the name of the file in front
 */
export async function readProfiles(paths: readonly string[]): Promise<readonly Profile[]> {
  const profiles: Profile[] = [];
  for (const path of paths) profiles.push(...profilesIn(path, await readJson(path)));
  return profiles;
}

function profilesIn(file: string, value: unknown): readonly Profile[] {
  try {
    return acceptProfiles(value);
  } catch (cause) {
    if (!(cause instanceof SluiceError)) throw cause;
    const { code, stage, message, path, faults } = cause;
    const details = { source: file, cause, ...(path === undefined ? {} : { path }), ...(faults ? { faults } : {}) };
    throw new SluiceError(code, stage, `${file}: ${message}`, details);
  }
}
