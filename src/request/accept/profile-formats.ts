/** The formats of results in documented profiles: in `publish`, and in a context. */

import type { Format } from '../../terms/profile.js';

/** The documented words of `publish.format.type`. */
export const RESULT_FORMATS: ReadonlyMap<string, Format> = new Map([
  ['RSJSON', 'json'],
  ['DSV', 'dsv'],
  ['SMARTEXCEL', 'xlsx'],
  ['EXCEL', 'xlsx'],
]);

/** The same formats by their words in a context, which apply if `publish` names none. */
export const CONTEXT_FORMATS: ReadonlyMap<string, Format> = new Map([
  ['JSON', 'json'],
  ['DSV', 'dsv'],
  ['EXCEL', 'xlsx'],
  ['SMARTEXCEL', 'xlsx'],
]);
