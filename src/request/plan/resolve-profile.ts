/** Which profile a request asks for: by name, by context, or by both. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import { lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { Profile, ProfileContext, ProfileRegistry } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';

/** The word of a context that fits whatever is asked. */
const ANY = 'all';

/** A pair that can be asked for though it is a member of its own. */
const ORDER = 'order';

/** Pairs of a context that a message shows. */
const MOST_SHOWN = 20;

/**
 * Finds the profile.
 *
 * A profile fits a context when each pair that is asked for is equal, ASCII case ignored, or the profile says `ALL` or
 * nothing there. Of several the one with the most equal pairs is taken, then the one with the lowest `order`. Without a
 * name a profile must say something of at least one pair, be it `ALL`: one that says nothing of any fits by chance.
 * @returns undefined when none is asked for
 * @throws SluiceError `UNKNOWN_PROFILE`, naming what there is; `INVALID` when several fit equally well
 */
export function resolveProfile(
  { profile: name, profileContext: asked }: Pick<AcceptedRequest, 'profile' | 'profileContext'>,
  profiles: ProfileRegistry,
): Profile | undefined {
  if (name === undefined && asked === undefined) return undefined;
  const enabled = profiles.filter((profile) => profile.enabled !== false);
  const candidates = enabled.filter((profile) => (name === undefined ? profile.context : profile.name === name));
  if (name !== undefined && candidates.length === 0) throw unknownName(name, profiles, enabled);
  const ranked = candidates
    .map((profile) => ({ profile, ...comparePairs(profile, asked ?? {}) }))
    .filter(({ isFitting, said }) => isFitting && (name !== undefined || said > 0))
    .sort((a, b) => b.equal - a.equal || orderOf(a.profile) - orderOf(b.profile) || 0);
  const [first, second] = ranked;
  if (!first) throw unknownContext(name, asked, candidates);
  const isTie = second && second.equal === first.equal && second.profile.order === first.profile.order;
  if (!isTie) return first.profile;
  const equals = ranked.filter(({ profile, equal }) => equal === first.equal && profile.order === first.profile.order);
  throw ambiguous(
    name,
    asked,
    equals.map(({ profile }) => profile),
  );
}

/** Whether a profile fits, how many pairs it says something of, and how many of these are equal. */
function comparePairs(
  profile: Profile,
  asked: ProfileContext,
): { readonly isFitting: boolean; readonly said: number; readonly equal: number } {
  let said = 0;
  let equal = 0;
  for (const [key, value] of Object.entries(asked)) {
    const word = contextValue(profile, key);
    if (word === undefined) continue;
    said++;
    if (lowerAscii(word) === lowerAscii(value)) equal++;
    else if (lowerAscii(word) !== ANY) return { isFitting: false, said, equal };
  }
  return { isFitting: true, said, equal };
}

function contextValue({ context = {}, order }: Profile, key: string): string | undefined {
  if (key === ORDER) return order === undefined ? undefined : String(order);
  return Object.hasOwn(context, key) ? context[key] : undefined;
}

/** The last, where a profile does not say it. */
function orderOf({ order }: Profile): number {
  return order ?? Number.MAX_VALUE;
}

function unknownName(name: string, profiles: ProfileRegistry, enabled: readonly Profile[]): SluiceError {
  const known = [...new Set(enabled.map((profile) => profile.name))].join(', ');
  const isDisabled = profiles.some((profile) => profile.name === name);
  const message = isDisabled ? `the profile ${quoted(name)} is disabled` : `no profile is called ${quoted(name)}`;
  return new SluiceError('UNKNOWN_PROFILE', 'plan', `${message}; there are: ${known}`);
}

function unknownContext(
  name: string | undefined,
  asked: ProfileContext | undefined,
  candidates: readonly Profile[],
): SluiceError {
  const known = candidates.map(describe).join(', ');
  const message = `no profile${name === undefined ? '' : ` called ${quoted(name)}`} fits ${pairs(asked)}`;
  return new SluiceError('UNKNOWN_PROFILE', 'plan', `${message}; there are: ${known === '' ? 'none' : known}`);
}

function ambiguous(
  name: string | undefined,
  asked: ProfileContext | undefined,
  equals: readonly Profile[],
): SluiceError {
  const what = asked ? pairs(asked) : `the name ${quoted(name ?? '')}`;
  const fix = 'ask for more of their context, or give them an order';
  const message = `several profiles fit ${what} equally well: ${equals.map(describe).join(', ')}; ${fix}`;
  return new SluiceError('INVALID', 'plan', message, { path: asked ? 'profileContext' : 'profile' });
}

/** Words as they are; what is long, or cannot be seen, in quotes. */
function shownWord(word: string): string {
  return /^[\p{L}\p{N}\p{P}\p{S} ]{1,80}$/u.test(word) ? word : quoted(word);
}

function describe({ name, context, order }: Profile): string {
  return `${name} ${pairs({ ...context, ...(order === undefined ? {} : { order: String(order) }) })}`;
}

function pairs(context: ProfileContext | undefined): string {
  const all = Object.entries(context ?? {});
  if (all.length === 0) return '(any)';
  const shown = all.slice(0, MOST_SHOWN).map(([key, value]) => `${shownWord(key)}=${shownWord(value)}`);
  return `(${shown.join(' ')}${all.length > MOST_SHOWN ? ' …' : ''})`;
}
