/** How much one request may ask for. Ids, and values that are looked up like them, know no bound but that of lists. */

/** Bounds, each told by name in the refusal. */
export const BOUNDS = {
  types: 100_000,
  /** Names of one list of fields. */
  names: 10_000,
  /** Contexts of one list; of values too. */
  contexts: 1000,
  /** Conditions of all criteria, nested ones among them. */
  conditions: 1000,
  /** Conditions inside conditions: more than anybody means, and few enough for every walk over them. */
  levels: 32,
  /** Words, phrases and beginnings that are looked for in text, by all criteria. */
  words: 10_000,
  /** Of these, words with `*` in them. */
  wildcards: 100,
  /** Stars in all of them. */
  stars: 1000,
  /** Characters of the texts that are split into words. */
  wordCharacters: 100_000,
  /** Of `clientState`, which is kept with the job. */
  clientStateBytes: 64 * 1024,
  clientStateLevels: 64,
} as const;
