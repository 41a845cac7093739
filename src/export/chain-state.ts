/** The state of the stages of an earlier run, from which a later run of the same plan continues. */
import type { Hash } from 'node:crypto';
import type { DeflateStanding } from '../pack/deflate-blocks.js';
import type { FinishedFile } from '../pack/zip-files.js';
import type { Sightings } from '../terms/sightings.js';

/** Bytes, and the digest that has taken them. */
export interface DigestedBytes {
  readonly bytes: number;
  readonly hash: Hash;
}

/** What the stages of an earlier run of the same plan had reached. */
export interface ChainState {
  /** Records written. */
  readonly written: number;
  /** Ids found. */
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  /** The document; of several documents, the open one. */
  readonly document: DigestedBytes;
  readonly output: DigestedBytes;
  /** The state of zip or gzip; absent where no document is open. */
  readonly pack?: DeflateStanding;
  /** The complete documents, where the plan allows several. */
  readonly finished?: readonly FinishedFile[];
}
