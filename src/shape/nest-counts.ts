/** The counts of batches of families: a record with its children is one record. */
import type { Batch, Ending } from '../terms/batch.js';
import type { Reject } from '../terms/receipt.js';

/** What of a batch depends on the families that it has. */
export type FamilyFacts = Pick<Batch, 'firstIndex' | 'covers' | 'nested' | 'filtered' | 'rejects' | 'ending'>;

/** Numbers the families and rejects of one input, in the order in which they are complete. */
export class NestCounts {
  #index: number;
  #first: number;
  #nested: number[] = [];
  #rejects: Reject[] = [];

  /** @param index of the next record */
  constructor(index: number) {
    this.#index = index;
    this.#first = index;
  }

  /** The index of the next record. */
  get index(): number {
    return this.#index;
  }

  /** A family is complete. @returns its ordinal in the batch to come */
  family(children: number): number {
    const ordinal = this.#index++ - this.#first;
    for (let child = 0; child < children; child++) this.#nested.push(ordinal);
    return ordinal;
  }

  /** A record was rejected. */
  rejected(reject: Reject): void {
    this.#rejects.push({ ...reject, recordIndex: this.#index++ });
  }

  /** Ends a batch. */
  cut(ending: Ending | undefined): FamilyFacts {
    const [nested, rejects, firstIndex] = [this.#nested, this.#rejects, this.#first];
    this.#first = this.#index;
    [this.#nested, this.#rejects] = [[], []];
    const covers = this.#index - firstIndex;
    return { firstIndex, covers, nested: nested.length > 0 ? nested : undefined, filtered: 0, rejects, ending };
  }
}
