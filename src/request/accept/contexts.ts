/** Accepts the contexts and the values that a request is about. */

import { type Faults, isObject, join, kindOf, type UnknownObject } from '../../options/faults.js';
import type { Context, ContextChoice, ValueContext } from '../../terms/context.js';
import { BOUNDS } from './bounds.js';

/** The choice of contexts, without undefined members. */
type Choice = { contexts?: 'all' | readonly Context[]; nonContextual?: boolean };

/** A list of contexts, `[{ country: 'Germany' }]`; an empty list counts as undefined. */
export function acceptContexts(value: unknown, path: string, faults: Faults): readonly Context[] | undefined {
  if (value === undefined) return undefined;
  const contexts = objects(value, path, faults).flatMap(([context, at]) => {
    const pairs = Object.entries(context);
    if (pairs.length === 0) faults.add('INVALID', at, 'names no context');
    if (isObject(context.context)) {
      const why =
        'has the form of a change to an entity; a query names a context by its pairs: { "country": "Germany" }';
      faults.add('UNSUPPORTED', at, why);
      return [];
    }
    return [Object.fromEntries(pairs.flatMap(([type, given]) => textPair(type, given, at, faults)))];
  });
  return contexts.length === 0 ? undefined : contexts;
}

function textPair(key: string, value: unknown, path: string, faults: Faults): readonly (readonly [string, string])[] {
  const text = faults.string(value, join(path, key));
  return text === undefined ? [] : [[key, text]];
}

/**
 * The documented members: `query.contexts`, and in the filters `allContextual` (every context, whatever is listed),
 * `nonContextual: false` (without the data of no context, if contexts are listed) and `excludeNonContextual` (the same,
 * also beside `allContextual`).
 */
export function acceptBodyContexts(contexts: unknown, filters: UnknownObject, path: string, faults: Faults): Choice {
  const flag = (name: string) => faults.boolean(filters[name], `${path}.filters.${name}`) ?? undefined;
  const listed = acceptContexts(contexts, `${path}.contexts`, faults);
  const [all, self, exclude] = [flag('allContextual'), flag('nonContextual'), flag('excludeNonContextual')];
  if (exclude && !all && !listed) {
    const message = 'leaves nothing to export: neither contexts nor allContextual are given';
    faults.add('INVALID', `${path}.filters.excludeNonContextual`, message);
  }
  if (all) return { contexts: 'all', nonContextual: exclude ? false : undefined };
  if (!listed) return {};
  return { contexts: listed, nonContextual: exclude || self === false ? false : undefined };
}

/** The library's members: `contexts`, a list or `'all'`, and `nonContextual`. */
export function acceptContextChoice(
  { contexts, nonContextual }: UnknownObject,
  path: string,
  faults: Faults,
): ContextChoice {
  const isAll = typeof contexts === 'string' && ['all', '_all'].includes(contexts.toLowerCase());
  const listed = isAll ? 'all' : acceptContexts(contexts, join(path, 'contexts'), faults);
  const self = faults.boolean(nonContextual, join(path, 'nonContextual'));
  if (self === false && listed === undefined) {
    faults.add('INVALID', join(path, 'nonContextual'), 'leaves nothing to export without contexts');
  }
  return {
    contexts: listed,
    nonContextual: self === false ? false : undefined,
  };
}

/** A source that the platform resolves by its own configuration. */
const CONFIGURED_SOURCE = /^_def(?:ault|alut)$/i;

/** Pairs of locale and source, either of which may be absent; an empty list counts as undefined. */
export function acceptValueContexts(value: unknown, path: string, faults: Faults): readonly ValueContext[] | undefined {
  if (value === undefined) return undefined;
  const pairs = objects(value, path, faults).map(([pair, at]) => {
    faults.checkKeys(pair, at, ['locale', 'source']);
    const [locale, source] = [faults.string(pair.locale, `${at}.locale`), faults.string(pair.source, `${at}.source`)];
    if (Object.keys(pair).length === 0) faults.add('INVALID', at, 'names neither locale nor source');
    if (source !== undefined && CONFIGURED_SOURCE.test(source)) {
      faults.add('UNSUPPORTED', `${at}.source`, 'is documented but not supported; name the source itself');
    }
    return { locale, source };
  });
  return pairs.length === 0 ? undefined : pairs;
}

/** The elements that are objects, with their paths. */
function objects(value: unknown, path: string, faults: Faults): readonly (readonly [UnknownObject, string])[] {
  if (!Array.isArray(value)) {
    faults.add('INVALID', path, `must be an array of objects, not ${kindOf(value)}`);
    return [];
  }
  if (!faults.fits(value, path, BOUNDS.contexts)) return [];
  return value.flatMap((element: unknown, index) => {
    const at = `${path}[${index}]`;
    const object = faults.object(element, at);
    return object ? [[object, at] as const] : [];
  });
}
