/** Accepts contexts of profiles: those of documented profiles, and those of requests. */

import { type Faults, isObject, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { ProfileContext } from '../../terms/profile.js';

const KEYS = ['app', 'service', 'channel', 'format', 'source', 'role', 'user', 'subtype', 'order'];

/** Accepts the documented pairs; a number as `order` becomes its digits. */
export function documentedContext(value: unknown, path: string, faults: Faults): ProfileContext {
  const members = faults.object(value, path) ?? {};
  faults.checkKeys(members, path, KEYS);
  const order = faults.count(members.order, `${path}.order`);
  const { order: _order, ...others } = members;
  return { ...textPairs(others, path, faults), ...(order === undefined ? {} : { order: String(order) }) };
}

/** Accepts `rsconnect.profilecontexts`: a list of one context. */
export function acceptProfileContexts(value: unknown, path: string, faults: Faults): ProfileContext | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) {
    const given = Array.isArray(value) ? 'an empty one' : kindOf(value);
    faults.add('INVALID', path, `must be an array of one object, not ${given}`);
    return undefined;
  }
  if (value.length > 1) faults.add('UNSUPPORTED', path, 'more than one context is not supported');
  const context = documentedContext(value[0], `${path}[0]`, faults);
  refuseEmptyContext(value[0], `${path}[0]`, faults);
  return context;
}

/** A context without pairs would select any profile. */
export function refuseEmptyContext(value: unknown, path: string, faults: Faults): void {
  if (isObject(value) && Object.keys(value).length === 0) faults.add('INVALID', path, 'names no pair to select by');
}

/** Accepts the members that are text; others are faults. */
export function textPairs(value: UnknownObject, path: string, faults: Faults): ProfileContext {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, given]) => {
      const text = faults.string(given, join(path, key));
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
}
