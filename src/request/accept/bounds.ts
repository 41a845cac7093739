/** Limits of one request. Ids, and values that are looked up, are limited by the length of lists only. */

/** Limits; a refusal names the one that is exceeded. */
export const BOUNDS = {
  types: 100_000,
  /** Names of one list of fields. */
  names: 10_000,
  /** Contexts of one list; of values too. */
  contexts: 1000,
  /** Conditions of all criteria, nested ones among them. */
  conditions: 1000,
  /** Values to sort by. */
  sortKeys: 100,
  /** Nesting of conditions: few enough for recursion. */
  levels: 32,
  /** Words, phrases and prefixes that all criteria search for. */
  words: 10_000,
  /** Of these, words with `*` in them. */
  wildcards: 100,
  /** Stars in all of them. */
  stars: 1000,
  /** Characters of the texts that are split into words. */
  wordCharacters: 100_000,
  /** Size of `clientState`, which is stored with the job. */
  clientStateBytes: 64 * 1024,
  clientStateLevels: 64,
} as const;
