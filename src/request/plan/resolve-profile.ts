/** Finds the profile of a request: by name, by context, or by both. */

import { join } from '../../options/faults.js';
import type { AcceptedRequest } from '../../terms/accepted-request.js';
import { lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import {
  BUILT_IN_PROFILES,
  type IdleSetting,
  type Profile,
  type ProfileContext,
  type ProfileRegistry,
} from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';

/** The value of a context that fits any requested value. */
const ANY = 'all';

/** A pair that requests may have, though it is a member of the profile, not of its context. */
const ORDER = 'order';

/** Maximum pairs of a context in a message. */
const MAX_SHOWN = 20;

/**
 * Finds the profile.
 *
 * A profile fits a context if each requested pair is equal, ASCII case ignored, or the profile has `ALL` or nothing
 * there. Of several, the one with most equal pairs is selected, then the one with the lowest `order`, then one that is
 * not built in; one that extends another takes its place. Without a name, a profile must have at least one of the pairs, `ALL` included: otherwise it would fit every request.
 * @returns undefined if the request selects none
 * @throws SluiceError `UNKNOWN_PROFILE`, with the known ones; `INVALID` if several fit equally well
 */
export function resolveProfile(
  { profile: name, profileContext: requested }: Pick<AcceptedRequest, 'profile' | 'profileContext'>,
  profiles: ProfileRegistry,
): Profile | undefined {
  if (name === undefined && requested === undefined) return undefined;
  const enabled = profiles.filter((profile) => profile.enabled !== false);
  const candidates = enabled.filter((profile) => (name === undefined ? profile.context : profile.name === name));
  if (name !== undefined && candidates.length === 0) throw unknownName(name, profiles, enabled);
  const fitting = candidates
    .map((profile) => ({ profile, ...comparePairs(profile, requested ?? {}) }))
    .filter(({ isFitting, present }) => isFitting && (name !== undefined || present > 0));
  const ranked = fitting
    .filter(({ profile }) => fitting.every(({ profile: other }) => other.extends !== profile.name))
    .sort((a, b) => b.equal - a.equal || compare(orderOf(a.profile), orderOf(b.profile)));
  const [first, second] = ranked;
  if (!first) throw unknownContext(name, requested, candidates);
  const isTie = second && second.equal === first.equal && orderOf(second.profile) === orderOf(first.profile);
  if (!isTie) return first.profile;
  const equals = ranked.filter(
    ({ profile, equal }) => equal === first.equal && orderOf(profile) === orderOf(first.profile),
  );
  throw ambiguous(
    name,
    requested,
    equals.map(({ profile }) => profile),
  );
}

/**
 * Pairs of the requested context that had no part in the choice: no profile that could be selected has one of the kind.
 */
export function idlePairs(
  { profile: name, profileContext = {} }: Pick<AcceptedRequest, 'profile' | 'profileContext'>,
  profiles: ProfileRegistry,
): readonly IdleSetting[] {
  const candidates = profiles.filter((one) => one.enabled !== false && (name === undefined || one.name === name));
  const idle = Object.keys(profileContext).filter((key) =>
    candidates.every((profile) => contextValue(profile, key) === undefined),
  );
  const which = name === undefined ? 'no profile' : `no profile called ${quoted(name)}`;
  return idle.map((key) => ({ path: join('profileContext', key), reason: `${which} has it in its context` }));
}

/** Whether a profile fits, how many of the pairs it has, and how many of these are equal. */
function comparePairs(
  profile: Profile,
  requested: ProfileContext,
): { readonly isFitting: boolean; readonly present: number; readonly equal: number } {
  let present = 0;
  let equal = 0;
  for (const [key, value] of Object.entries(requested)) {
    const word = contextValue(profile, key);
    if (word === undefined) continue;
    present++;
    if (lowerAscii(word) === lowerAscii(value)) equal++;
    else if (lowerAscii(word) !== ANY) return { isFitting: false, present, equal };
  }
  return { isFitting: true, present, equal };
}

function contextValue({ context = {}, order }: Profile, key: string): string | undefined {
  if (key === ORDER) return order === undefined ? undefined : String(order);
  return Object.hasOwn(context, key) ? context[key] : undefined;
}

/** Compares numbers of which several may be infinite. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** The order of a profile; without one it is the last, except for the built-in ones. */
function orderOf(profile: Profile): number {
  return profile.order ?? (BUILT_IN_PROFILES.includes(profile) ? Number.POSITIVE_INFINITY : Number.MAX_VALUE);
}

function unknownName(name: string, profiles: ProfileRegistry, enabled: readonly Profile[]): SluiceError {
  const known = [...new Set(enabled.map((profile) => profile.name))].join(', ');
  const isDisabled = profiles.some((profile) => profile.name === name);
  const message = isDisabled ? `the profile ${quoted(name)} is disabled` : `no profile is called ${quoted(name)}`;
  return new SluiceError('UNKNOWN_PROFILE', 'plan', `${message}; known profiles: ${known}`);
}

function unknownContext(
  name: string | undefined,
  requested: ProfileContext | undefined,
  candidates: readonly Profile[],
): SluiceError {
  const others = Object.entries(requested ?? {}).find(([, value]) => /^generic_object/i.test(value));
  if (others) {
    const message = `${others.join('=')} is about generic objects, such as scheduled requests, and sluice exports entities`;
    return new SluiceError('UNSUPPORTED', 'plan', message);
  }
  const known = candidates.map(describe).join(', ');
  const message = `no profile${name === undefined ? '' : ` called ${quoted(name)}`} fits ${pairs(requested)}`;
  return new SluiceError('UNKNOWN_PROFILE', 'plan', `${message}; known profiles: ${known === '' ? 'none' : known}`);
}

function ambiguous(
  name: string | undefined,
  requested: ProfileContext | undefined,
  equals: readonly Profile[],
): SluiceError {
  const what = requested ? pairs(requested) : `the name ${quoted(name ?? '')}`;
  const fix = 'request more pairs of their context, or give them an order';
  const message = `several profiles fit ${what} equally well: ${equals.map(describe).join(', ')}; ${fix}`;
  return new SluiceError('INVALID', 'plan', message, { path: requested ? 'profileContext' : 'profile' });
}

/** The word, in quotes if it is long or has invisible characters. */
function shownWord(word: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]{1,80}$/u.test(word) ? word : quoted(word);
}

function describe({ name, context, order }: Profile): string {
  return `${name} ${pairs(order === undefined ? context : { ...context, order: String(order) })}`;
}

function pairs(context: ProfileContext | undefined): string {
  const all = Object.entries(context ?? {});
  if (all.length === 0) return '(any)';
  const shown = all.slice(0, MAX_SHOWN).map(([key, value]) => `${shownWord(key)}=${shownWord(value)}`);
  return `(${shown.join(' ')}${all.length > MAX_SHOWN ? ' …' : ''})`;
}
