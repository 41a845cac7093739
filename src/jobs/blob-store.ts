/** Where results lie: the port, one store behind it per place where bytes can be kept. */
import type { Part } from './engine.js';
import type { ByteRange } from './tenant-jobs.js';

/** Which job bytes belong to. */
export interface BlobOwner {
  readonly tenant: string;
  readonly job: string;
}

/** Bytes on their way into the store: there under their name once committed, or not at all. */
export interface BlobWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** The bytes are complete: makes them durable under their name. */
  commit(): Promise<Part>;
  /** Leaves nothing. */
  discard(): Promise<void>;
}

/** What an attempt stores: bytes of the result, of the file of rejected records, or what the next one must know. */
export type BlobKind = 'part' | 'rejects' | 'state';

/** Names bear the epoch, so that no attempt writes over what another one has written. */
export function blobName(kind: BlobKind, index: number, epoch: number): string {
  return `${kind}-${String(index).padStart(5, '0')}-e${epoch}`;
}

/** The epoch that a name bears, also that of bytes which are not complete; 0 for any other name. */
export function epochOf(name: string): number {
  return Number(/-e(\d+)(\.tmp)?$/.exec(name)?.[1] ?? 0);
}

/** Keeps named bytes of jobs. */
export interface BlobStore {
  create(owner: BlobOwner, name: string): Promise<BlobWriter>;
  /** The parts one behind the other, as far as the range goes; each is opened when its turn comes. */
  read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncIterable<Buffer>;
  /**
   * Deletes what a job has but the names that are kept, unfinished bytes too.
   * @param upTo only of attempts up to this epoch: an attempt must touch nothing of a newer one. Default: of all
   */
  sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo?: number): Promise<void>;
  /** Ids of the jobs that have something here, whoever made it. */
  jobs(): AsyncIterable<string>;
  /** Deletes all that a job has whose tenant nobody knows any more. */
  forget(job: string): Promise<void>;
}
