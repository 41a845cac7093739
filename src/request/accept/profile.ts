/** Accepts profiles: in the library form or as documented objects, one or many. */

import { Faults, isObject, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Profile } from '../../terms/profile.js';
import { acceptDocumentedProfile, nameOf } from './documented-profile.js';
import { acceptOwnProfile } from './own-profile.js';
import { Bases, contextsOf, isBare } from './stored-profiles.js';

/**
 * Accepts profiles.
 * @param input the members of `Profile`; or a documented object, alone, in `configObject` or in `configObjects`, each
 *   context of which becomes a profile; or an array of these. A documented one that extends another is merged with it
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
  const elements: readonly (readonly [unknown, string])[] = Array.isArray(input)
    ? input.map((element: unknown, index) => [element, `${path}[${index}]`])
    : [[input, path]];
  // What is wrong with a base is reported where it is accepted.
  const unheard = new Faults();
  const stored = elements.flatMap(([one, at]) => findElement(one, at, unheard)).filter(({ isStored }) => isStored);
  const bases = new Bases(stored.map((one) => [nameOf(one.object), contextsOf(one, unheard)]));
  return elements.flatMap(([one, at]) =>
    findElement(one, at, faults).flatMap((found) =>
      found.isStored
        ? acceptDocumentedProfile(found, bases, faults)
        : (acceptOwnProfile(found.object, found.path, faults) ?? []),
    ),
  );
}

/** A profile in either form. */
interface Found {
  readonly object: UnknownObject;
  readonly path: string;
  readonly isStored: boolean;
}

/** Members of the answers that hold stored objects, beside them. */
const ANSWER_MEMBERS = ['request', 'status', 'statusDetail', 'totalRecords', 'response'];

function findElement(input: unknown, path: string, faults: Faults): readonly Found[] {
  if (!isObject(input)) {
    faults.add('INVALID', path === '' ? 'profile' : path, `must be an object, not ${kindOf(input)}`);
    return [];
  }
  if ('configObjects' in input || 'configObject' in input) return findObjects(input, path, faults);
  if (isObject(input.response) && 'configObjects' in input.response) {
    faults.checkKeys(input, path, ANSWER_MEMBERS);
    return findObjects(input.response, join(path, 'response'), faults);
  }
  return [{ object: input, path, isStored: 'data' in input || 'type' in input || isBare(input) }];
}

function findObjects(input: UnknownObject, path: string, faults: Faults): readonly Found[] {
  const key = 'configObjects' in input ? 'configObjects' : 'configObject';
  faults.checkKeys(input, path, [key, ...ANSWER_MEMBERS]);
  const at = join(path, key);
  const objects = input[key];
  if (key === 'configObjects' && !Array.isArray(objects)) {
    faults.add('INVALID', at, `must be an array of objects, not ${kindOf(objects)}`);
    return [];
  }
  const all: readonly (readonly [unknown, string])[] = Array.isArray(objects)
    ? objects.map((element: unknown, index) => [element, `${at}[${index}]`])
    : [[objects, at]];
  return all.flatMap(([element, where]) => {
    const object = faults.object(element, where);
    return object ? [{ object, path: where, isStored: true }] : [];
  });
}
