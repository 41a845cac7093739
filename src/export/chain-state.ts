/** Input of the stages of a plan: options, and the state of an earlier run from which they continue. */
import type { Hash } from 'node:crypto';
import type { DeltaPorts } from '../delta/comparison.js';
import type { EntitySchema } from '../encode/entity-schema.js';
import type { DeflateCheckpoint } from '../pack/deflate-blocks.js';
import type { FinishedFile } from '../pack/zip-files.js';
import type { RelatedIds } from '../select/compile-criteria.js';
import type { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import type { OpenFileMarks } from '../terms/file-marks.js';
import type { Sightings } from '../terms/sightings.js';
import type { WaitingState } from './choose-encoding.js';

/** A number of bytes, and the state of their digest. */
export interface DigestedBytes {
  readonly bytes: number;
  readonly hash: Hash;
}

/** An envelope between two chunks; plain JSON. */
export interface EnvelopeState {
  /** Characters of the blob; absent before the head is out. */
  readonly blobLength?: number | undefined;
  /** Bytes that wait for others before they become base64, in base64. */
  readonly carry: string;
}

/** The state of the stages after an earlier run of the same plan. */
export interface ChainState {
  /** Records written, or waiting to be. */
  readonly written: number;
  /** Ids found. */
  readonly found: ReadonlySet<string>;
  readonly sightings: Sightings;
  /** The document; of several documents, the open one. */
  readonly document: DigestedBytes;
  readonly output: DigestedBytes;
  /** The state of zip or gzip; absent if no document is open. */
  readonly pack?: DeflateCheckpoint;
  /** The complete documents, if the plan allows several. */
  readonly finished?: readonly FinishedFile[];
  /** Absent without an envelope. */
  readonly envelope?: EnvelopeState | undefined;
  /** What the stage knows whose output waits in the spool; absent: none does. */
  readonly waiting?: WaitingState | undefined;
}

/** Options of the stages beside the plan. */
export interface ChainOptions {
  /** Digest the files and the output with SHA-256. */
  readonly digest: boolean;
  /** Schema for entities that arrive as objects. */
  readonly schema?: EntitySchema;
  /** Takes the ends and names of the files of a folder. */
  readonly marks?: OpenFileMarks;
  /** The ids of related entities, complete before the first batch. */
  readonly related?: RelatedIds;
  /** What a delta is compared with, and what it leaves; absent: all entities are written. */
  readonly delta?: DeltaPorts | undefined;
  /** Holds what waits for the end of the input; absent: temporary files without a name. */
  readonly spool?: PartitionedSpool | undefined;
  /** The state after an earlier run of the same plan; absent: the beginning. */
  readonly from?: ChainState;
}
