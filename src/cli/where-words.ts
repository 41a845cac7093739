/** The operators of `--where`, and what others call them. */
import { closestMatch } from 'leven';

/** Operators between a path and a value. */
export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
/** One of them. */
export type Comparison = (typeof COMPARISONS)[number];

/** Words that tests begin with. */
export const WORDS = ['contains', 'startswith', 'in', 'exists', 'is', 'not'] as const;
/** One of them. */
export type Word = (typeof WORDS)[number];

/** What others write, and how it is written here. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ...(['==', '===', ':', 'eq', 'equals', 'exact'] as const).map((one) => [one, '='] as const),
  ...(['<>', '!==', '=!', 'ne', 'neq'] as const).map((one) => [one, '!='] as const),
  ...(['=>', 'gte', 'ge', 'min'] as const).map((one) => [one, '>='] as const),
  ...(['=<', 'lte', 'le', 'max'] as const).map((one) => [one, '<='] as const),
  ...(['gt', 'after'] as const).map((one) => [one, '>'] as const),
  ...(['lt', 'before'] as const).map((one) => [one, '<'] as const),
  ...(['~', '=~', '~=', 'like', 'has', 'includes', 'match', 'matches'] as const).map(
    (one) => [one, 'contains'] as const,
  ),
  ...(['^=', 'beginswith', 'begins'] as const).map((one) => [one, 'startswith'] as const),
  ...(['isnull', 'empty', 'missing'] as const).map((one) => [one, 'is null'] as const),
  ...(['notnull', 'hasvalue', 'present'] as const).map((one) => [one, 'exists'] as const),
]);

/** The end of a message that names what was probably meant; empty if nothing is similar. */
export function hintOf(word: string): string {
  const plain = word.replaceAll('_', '');
  const nearest = OTHERWISE.has(plain)
    ? plain
    : closestMatch(
        plain,
        [...WORDS, ...OTHERWISE.keys()].filter((one) => /^\w{3}/.test(one)),
        { maxDistance: 2 },
      );
  const known = nearest === undefined ? undefined : (OTHERWISE.get(nearest) ?? nearest);
  return known === undefined ? '' : `; did you mean "${known}"?`;
}
