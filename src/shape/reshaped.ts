/** What becomes of a batch of records. */
import type { Batch } from '../terms/batch.js';

/** The entities of a batch, and what its records had of their shape. */
export interface Reshaped {
  readonly batch: Batch;
  /** Records that are neither faulty nor left out by the reader; of exploded ones, their elements. */
  readonly records: number;
  /** The ordinals of those without an entity. */
  readonly nothing: readonly number[];
  /** Of these, the ordinals of those that have an array where the entity is expected. */
  readonly arrays: readonly number[];
  /** Records whose array has elements. */
  readonly exploded: number;
  /** For each kept member, the entities that have it. */
  readonly kept: readonly number[];
}
