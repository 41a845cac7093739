/** The stored profiles in an input, and those of them that extend others, merged with their bases. */

import { type Faults, isObject, join, kindOf, type UnknownObject } from '../../options/faults.js';
import { quoted } from '../../terms/shown-text.js';
import { seedOf } from './profile-seeds.js';

/** One context of a stored profile, and its settings. */
export interface StoredContext {
  readonly context: unknown;
  readonly jsonData: unknown;
  readonly path: string;
  /** The path of `jsonData`. */
  readonly settingsPath: string;
  /** The name of the profile that it extends, if it does. */
  readonly base?: string;
}

/** An object of type `integrationprofile`. */
export interface StoredProfile {
  readonly object: UnknownObject;
  readonly path: string;
}

/** Members of an element of `contexts`. */
const ELEMENT = ['context', 'jsonData'];

/**
 * The contexts of a stored object: those of `data.contexts`, or `data` itself with its `jsonData`, or the object itself
 * with the settings.
 */
export function contextsOf({ object, path }: StoredProfile, faults: Faults): readonly StoredContext[] {
  if (isBare(object)) return [stored({ context: object.context, jsonData: settingsOf(object) }, path, path)];
  const at = join(path, 'data');
  const data = faults.object(object.data, at);
  if (!data) return [];
  if (!('contexts' in data) && 'jsonData' in data) {
    faults.checkKeys(data, at, ELEMENT);
    return [stored(data, at)];
  }
  faults.checkKeys(data, at, ['contexts']);
  const { contexts } = data;
  if (!Array.isArray(contexts) || contexts.length === 0) {
    const given = Array.isArray(contexts) ? 'an empty one' : kindOf(contexts);
    faults.add('INVALID', `${at}.contexts`, `must be an array of objects, not ${given}`);
    return [];
  }
  return contexts.flatMap((element: unknown, index) => {
    const where = `${at}.contexts[${index}]`;
    const one = faults.object(element, where);
    if (!one) return [];
    faults.checkKeys(one, where, ELEMENT);
    return [stored(one, where)];
  });
}

/** Whether an object has the settings themselves, without what they are stored in. */
export function isBare(object: UnknownObject): boolean {
  return !('data' in object) && ['collect', 'transform', 'publish', 'profileType'].some((step) => step in object);
}

/** The members of a bare object that are settings. */
function settingsOf({ context: _, properties: __, ...settings }: UnknownObject): UnknownObject {
  return settings;
}

function stored(
  { context, jsonData }: UnknownObject,
  path: string,
  settingsPath = join(path, 'jsonData'),
): StoredContext {
  const one = { context, jsonData, path, settingsPath };
  if (!isObject(jsonData)) return one;
  const { profileType, extendedBaseProfileName: base } = jsonData;
  const extended = typeof base === 'string' && !(typeof profileType === 'string' && /^base$/i.test(profileType));
  return extended ? { ...one, base } : one;
}

/** Merges profiles with those that they extend. */
export class Bases {
  readonly #byName = new Map<string, readonly StoredContext[]>();

  /** @param profiles each with its name, if it has one */
  constructor(profiles: readonly (readonly [name: string | undefined, contexts: readonly StoredContext[]])[]) {
    for (const [name, contexts] of profiles) {
      if (name !== undefined) this.#byName.set(name, [...(this.#byName.get(name) ?? []), ...contexts]);
    }
  }

  /**
   * The settings of a profile with those of its base below them: members of objects are merged, lists and other values
   * replace those of the base.
   * @returns undefined, with a fault, for a base that is not there
   */
  merged(extension: StoredContext, faults: Faults, seen: readonly string[] = []): StoredContext | undefined {
    const { base: name, settingsPath } = extension;
    if (name === undefined) return extension;
    const at = join(settingsPath, 'extendedBaseProfileName');
    if (seen.includes(name)) {
      faults.add('INVALID', at, `${quoted(name)} extends itself`);
      return undefined;
    }
    const base = this.#find(name, extension.context);
    if (!base) {
      faults.add('UNKNOWN_PROFILE', at, `the base ${quoted(name)} is not among the given profiles; give it too`);
      return undefined;
    }
    const below = this.merged(base, faults, [...seen, name]);
    if (!below) return undefined;
    if (isObject(below.jsonData) && String(below.jsonData.isMergeableWithCustom) === 'false') {
      faults.add('INVALID', at, `${quoted(name)} must not be extended: its isMergeableWithCustom is false`);
      return undefined;
    }
    return {
      ...extension,
      context: extension.context ?? below.context,
      jsonData: mergeJson(below.jsonData, extension.jsonData),
    };
  }

  /** The context of the base that has most pairs of the extension's; else a built-in one. */
  #find(name: string, context: unknown): StoredContext | undefined {
    const [best] = [...(this.#byName.get(name) ?? [])].sort(
      (a, b) => shared(b.context, context) - shared(a.context, context),
    );
    if (best) return best;
    const seed = seedOf(name);
    return seed && { context: undefined, jsonData: seed, path: name, settingsPath: name };
  }
}

function shared(a: unknown, b: unknown): number {
  if (!isObject(a) || !isObject(b)) return 0;
  return Object.entries(a).filter(([key, value]) => Object.hasOwn(b, key) && String(b[key]) === String(value)).length;
}

/** Levels of objects that are merged; settings have fewer. */
const MERGED_LEVELS = 32;

function mergeJson(below: unknown, above: unknown, level = 0): unknown {
  if (!isObject(below) || !isObject(above) || level === MERGED_LEVELS) return above === undefined ? below : above;
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) merged.set(key, mergeJson(merged.get(key), value, level + 1));
  return Object.fromEntries(merged);
}
