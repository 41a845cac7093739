/** Excerpts: of each entity of a batch a short object, for stages that look at few of its members. */

/**
 * Objects with only some members of the first level: source text in source order, with all members of equal names. Stages
 * that ask for nothing else of an entity have the same results with its excerpt.
 */
export interface Excerpts {
  /** The members that they have, where the entity has them. */
  readonly names: readonly string[];
  /** The text in which they are. */
  readonly bytes: Buffer;
  /**
   * A record for each row of the batch: the span of the excerpt, and for each name the span of the member's value, whose
   * start is negative if there is not exactly one.
   */
  readonly records: Int32Array;
}

/** Most names. */
export const MOST_EXCERPTED = 16;

/** The word of a record where the span of the first member's value is; before it is the span of the excerpt. */
export const FIRST_SPAN = 2;

/** The start of the span of a member that comes several times. */
export const SEVERAL = -2;

/** Words of a record. */
export function excerptWidth(names: readonly string[]): number {
  return FIRST_SPAN + 2 * names.length;
}

/** The excerpts of some rows only. */
export function pickExcerpts({ names, bytes, records }: Excerpts, positions: readonly number[]): Excerpts {
  const width = excerptWidth(names);
  const picked = new Int32Array(positions.length * width);
  let to = 0;
  for (const position of positions) {
    const from = position * width;
    for (let word = 0; word < width; word++) picked[to++] = records[from + word];
  }
  return { names, bytes, records: picked };
}
