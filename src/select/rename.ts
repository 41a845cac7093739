/** New names for attributes and relationships, as a strategy of the profile says. */
import { SluiceError } from '../terms/errors.js';
import type { NameStrategy } from '../terms/profile.js';

/** Maximum of cached names: more than a catalog has. */
const REMEMBERED = 10_000;

/**
 * Makes the function that renames. In this order: special characters are removed, white space, leading and trailing
 * numbers; then the case changes. A name of which nothing would be left stays as it is.
 * @returns undefined for a strategy that changes nothing
 */
export function renaming(strategy: NameStrategy | undefined): ((name: string) => string) | undefined {
  if (!strategy) return undefined;
  const { removeSpecialCharacters, removeWhitespace, trimLeadingNumbers, trimTrailingNumbers, caseFormat } = strategy;
  // Combining marks belong to their letters.
  const special = /[^\p{L}\p{M}\p{Nd}\s]+/gu;
  // The lookbehind makes a run of digits match from its start only.
  const trailingNumbers = /(?<!\p{Nd})\p{Nd}+$/u;
  const steps: ((name: string) => string)[] = [];
  if (removeSpecialCharacters) steps.push((name) => name.replace(special, ''));
  if (removeWhitespace) steps.push((name) => name.replace(/\s+/g, ''));
  if (trimLeadingNumbers) steps.push((name) => name.replace(/^\p{Nd}+/u, ''));
  if (trimTrailingNumbers) steps.push((name) => name.replace(trailingNumbers, ''));
  if (caseFormat === 'lowercase') steps.push((name) => name.toLowerCase());
  if (caseFormat === 'uppercase') steps.push((name) => name.toUpperCase());
  if (steps.length === 0) return undefined;
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const renamed = steps.reduce((text, step) => step(text), name) || name;
    if (known.size >= REMEMBERED) known.clear();
    known.set(name, renamed);
    return renamed;
  };
}

/** The error for two names of one object that become equal, which would lose one of the members. */
export function renameClash(
  [one, other, renamed]: readonly [string, string, string],
  source: string,
  recordIndex: number,
): SluiceError {
  const [a, b, c] = [one, other, renamed].map((name) => JSON.stringify(name));
  const message = `${source}: ${a} and ${b} would both be renamed to ${c} (record ${recordIndex})`;
  return new SluiceError('DUPLICATE_KEY', 'select', message, { source, recordIndex });
}
