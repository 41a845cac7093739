/** The counts of the batches that the entities of one batch of records become. */
import type { Batch, Ending } from '../terms/batch.js';
import type { Reject } from '../terms/receipt.js';
import type { Reshaped } from './reshaped.js';

/** What of a batch depends on where it is cut. */
export type CutFacts = Pick<Batch, 'firstIndex' | 'covers' | 'added' | 'filtered' | 'rejects' | 'ending'>;

/**
 * Counts what the records of a batch become. A batch may be cut within what one record becomes: an earlier one has then
 * counted the record, whose further entities have the ordinal -1 and were added.
 */
export class EntityCounts {
  readonly #source: Batch;
  /** Ordinal of the first record that the batch to come covers, and of the record in progress. */
  #first = 0;
  #ordinal = 0;
  #isBegun = false;
  #added: number[] = [];
  #nothing: number[] = [];
  #records = 0;
  #arrays: number[] = [];
  /** What was counted before the record. */
  #before: readonly [added: number, nothing: number, arrays: number, records: number] = [0, 0, 0, 0];
  #rejects: Reject[] = [];
  /** Rejects of the source that earlier batches have. */
  #passed = 0;

  constructor(source: Batch) {
    this.#source = source;
  }

  /** The record with this ordinal is next. */
  begin(ordinal: number): void {
    this.#ordinal = ordinal;
    this.#isBegun = false;
    this.#before = [this.#added.length, this.#nothing.length, this.#arrays.length, this.#records];
  }

  /** The record becomes an entity, or another one. @returns the ordinal of the entity in the batch to come */
  entity(): number {
    const ordinal = this.#ordinal - this.#first;
    if (this.#isBegun) this.#added.push(ordinal);
    this.#isBegun = true;
    this.#records++;
    return ordinal;
  }

  /** The record, or another part of it, has no entity, but perhaps an array in its place. */
  nothing(isArray = false): void {
    const ordinal = this.entity();
    this.#nothing.push(ordinal);
    if (isArray) this.#arrays.push(ordinal);
  }

  /** The record becomes nothing of what it has become since `begin`; no batch was cut since. */
  undo(): void {
    [this.#added.length, this.#nothing.length, this.#arrays.length, this.#records] = this.#before;
  }

  /** The record was rejected. */
  rejected(reject: Reject): void {
    this.#rejects.push(reject);
  }

  /**
   * Ends a batch before the record with the ordinal `end`.
   * @returns what it covers, the number of records or parts of them that it has seen, the ordinals of those without an entity,
   *   and of those of them that have an array in its place
   */
  cut(end: number, ending?: Ending): { readonly facts: CutFacts } & Pick<Reshaped, 'records' | 'nothing' | 'arrays'> {
    const { firstIndex, filtered, rejects, covers: all } = this.#source;
    const first = this.#first;
    const covers = Math.max(0, end - first);
    const own = rejects.slice(this.#passed).filter(({ recordIndex }) => recordIndex - firstIndex < end);
    this.#passed += own.length;
    const [added, nothing, arrays, records] = [this.#added, this.#nothing, this.#arrays, this.#records];
    // A reader that leaves records out says how many of the whole batch.
    const leftOut = end >= all ? filtered : 0;
    const facts: CutFacts = {
      firstIndex: firstIndex + first,
      covers,
      added: added.length > 0 ? added : undefined,
      filtered: nothing.length + leftOut,
      rejects: [...own, ...this.#rejects].sort((a, b) => a.recordIndex - b.recordIndex),
      ending,
    };
    this.#first = Math.max(first, end);
    [this.#added, this.#nothing, this.#arrays, this.#records, this.#rejects] = [[], [], [], 0, []];
    return { facts, records, nothing, arrays };
  }
}
