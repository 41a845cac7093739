/** `--profiles`: files with profiles, in the library form or as documented objects. */
import { acceptProfiles } from '../request/accept/profile.js';
import type { Profile } from '../terms/profile.js';
import { ofFile, readJson } from './json-file.js';

/**
 * Reads the profiles of all files.
 * @throws SluiceError `READ_FAILED`; what `acceptProfiles` throws, its message prefixed with the name of the file
 */
export async function readProfiles(paths: readonly string[]): Promise<readonly Profile[]> {
  const profiles: Profile[] = [];
  for (const path of paths) {
    const value = await readJson(path);
    profiles.push(...ofFile(path, () => acceptProfiles(value)));
  }
  return profiles;
}
