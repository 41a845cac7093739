/** What the stages of an export had come to, for others to go on from there. */
import type { Hash } from 'node:crypto';
import type { DeflateStanding } from '../pack/deflate-blocks.js';
import type { FinishedFile } from '../pack/zip-files.js';
import type { Sightings } from '../terms/sightings.js';

/** What the stages of an earlier run of the same plan had come to; the run's ledger tells what was written. */
export interface ChainState {
  /** Ids found. */
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  /** Bytes of the document, of several the open one, and the digest that has taken them. */
  readonly document: { readonly bytes: number; readonly hash: Hash };
  /** Bytes of the output, and the digest that has taken them. */
  readonly output: { readonly bytes: number; readonly hash: Hash };
  /** Where zip or gzip stand; absent where no document is open. */
  readonly pack?: DeflateStanding;
  /** The documents before it, where there may be several. */
  readonly finished?: readonly FinishedFile[];
}
