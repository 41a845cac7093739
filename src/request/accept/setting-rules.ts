/** The rules by which settings of a documented profile are judged: used, without effect, or refused. */

import type { UnknownObject } from '../../options/faults.js';
import { quoted } from '../../terms/shown-text.js';

/** The effect of a value: it is used, it has no effect, or it is refused, as its effect on the output is unsupported. */
export type Verdict = 'used' | { readonly idle: string } | { readonly refused: string };

/** One setting. Flags and counts may be text; the user of a value of kind `any` checks it. */
export interface Setting {
  readonly kind: 'flag' | 'count' | 'text' | 'any';
  readonly judge: (value: unknown) => Verdict;
}

/** The members of an object. */
export interface Settings {
  readonly members: Readonly<Record<string, Rule>>;
  /** Of all other members; absent: they are unknown. */
  readonly others?: Setting;
}

/** A list of objects with these members, or with those that depend on the object. */
export interface SettingsList {
  readonly each: Settings | ((element: UnknownObject) => Settings);
}

export type Rule = Setting | Settings | SettingsList;

export const used = (kind: Setting['kind']): Setting => ({ kind, judge: () => 'used' });

export const idle = (kind: Setting['kind'], reason: string): Setting => ({ kind, judge: () => ({ idle: reason }) });

export const refused = (reason: string): Setting => ({ kind: 'any', judge: () => ({ refused: reason }) });

/** False is the default; true is not supported. */
export const onlyFalse = (reason: string): Setting => ({
  kind: 'flag',
  judge: (value) => (value === true ? { refused: reason } : { idle: 'false is the default' }),
});

/** Known words have no effect; any other is refused. */
export const onlyWords = (words: Readonly<Record<string, string>>): Setting => ({
  kind: 'text',
  judge: (value) => {
    const known = Object.entries(words).find(([word]) => word.toLowerCase() === String(value).toLowerCase());
    if (known) return { idle: known[1] };
    return { refused: `must be ${Object.keys(words).join(' or ')}; ${quoted(String(value))} is not supported` };
  },
});
