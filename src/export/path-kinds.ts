/** The kinds of options that are paths: of names, and of members to keep. */
import type { Check } from '../options/accept-options.js';
import type { Kind } from '../options/option.js';
import { parseKept, parseNest } from '../shape/parse-kept.js';
import { messageOf } from '../terms/errors.js';
import { parseNames } from '../terms/path.js';

/** A path to one value. */
export const names: Kind = { type: 'string', check: parsed((text, path) => parseNames(text, path)), syntax: 'filled' };

const checkKept = parsed((text, path) => parseKept(text, path));

/** A path to the id of a parent, and perhaps the name of the list of children. */
export const nestPath: Kind = {
  type: 'string',
  check: parsed((text, path) => parseNest(text, path)),
  syntax: 'filled',
};

/** Paths to members, each perhaps with a new name. */
export const keptMembers: Kind = {
  type: 'string | readonly string[]',
  check: (value, path, faults) => {
    if (typeof value === 'string') return checkKept(value, path, faults);
    if (!Array.isArray(value)) faults.add('INVALID', path, 'must be a path, or an array of paths');
    else for (const [index, one] of value.entries()) checkKept(one, `${path}[${index}]`, faults);
  },
  syntax: 'values',
};

/** A check of a text by a function that throws what is wrong with it. */
function parsed(parse: (text: string, path: string) => unknown): Check {
  return (value, path, faults) => {
    if (typeof value !== 'string') return faults.add('INVALID', path, 'must be a path, such as "price.amount"');
    try {
      parse(value, path);
    } catch (cause) {
      faults.add('INVALID', path, messageOf(cause).replace(`${path}: `, ''));
    }
  };
}
