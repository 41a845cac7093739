/** What the stages of a plan are given: options, and the state of an earlier run from which they continue. */
import type { Hash } from 'node:crypto';
import type { EntitySchema } from '../encode/entity-schema.js';
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

/** What the stages need beside the plan. */
export interface ChainOptions {
  /** Digest the files and the output with SHA-256. */
  readonly digest: boolean;
  /** Schema for entities that arrive as objects. */
  readonly schema?: EntitySchema;
  /** Where an earlier run of the same plan had stopped; absent: the beginning. */
  readonly from?: ChainState;
}
