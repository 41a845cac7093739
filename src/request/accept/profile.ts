/** Accepts profiles: in the library form or as documented objects, one or many. */

import { Faults, isObject, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Profile } from '../../terms/profile.js';
import { acceptDocumentedProfile } from './documented-profile.js';
import { acceptOwnProfile } from './own-profile.js';

/**
 * Accepts profiles.
 * @param input the members of `Profile`; or a documented object, alone, in `configObject` or in `configObjects`, each
 *   context of which becomes a profile; or an array of these
 * @param path of the input, the prefix of the paths of faults
 * @returns profiles that share nothing with the input; accepting them again gives equal ones
 * @throws SluiceError with all faults, each with its path: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptProfiles(input: unknown, path = ''): readonly Profile[] {
  const faults = new Faults();
  const profiles = acceptAny(input, path, faults);
  faults.throwIfAny();
  return profiles;
}

/** Accepts profiles as a part of another input, with which they share the faults. */
export function acceptAny(input: unknown, path: string, faults: Faults): readonly Profile[] {
  if (!Array.isArray(input)) return acceptElement(input, path, faults);
  return input.flatMap((element: unknown, index) => acceptElement(element, `${path}[${index}]`, faults));
}

function acceptElement(input: unknown, path: string, faults: Faults): readonly Profile[] {
  if (!isObject(input)) {
    faults.add('INVALID', path === '' ? 'profile' : path, `must be an object, not ${kindOf(input)}`);
    return [];
  }
  if ('configObjects' in input) return acceptConfigObjects(input, path, faults);
  if ('configObject' in input) {
    faults.checkKeys(input, path, ['configObject']);
    const at = join(path, 'configObject');
    const object = faults.object(input.configObject, at);
    return object ? acceptDocumentedProfile(object, at, faults) : [];
  }
  if ('data' in input || 'type' in input) return acceptDocumentedProfile(input, path, faults);
  const profile = acceptOwnProfile(input, path, faults);
  return profile ? [profile] : [];
}

function acceptConfigObjects(input: UnknownObject, path: string, faults: Faults): readonly Profile[] {
  faults.checkKeys(input, path, ['configObjects']);
  const at = join(path, 'configObjects');
  const objects = input.configObjects;
  if (!Array.isArray(objects)) {
    faults.add('INVALID', at, `must be an array of objects, not ${kindOf(objects)}`);
    return [];
  }
  return objects.flatMap((element: unknown, index) => {
    const where = `${at}[${index}]`;
    const object = faults.object(element, where);
    return object ? acceptDocumentedProfile(object, where, faults) : [];
  });
}
