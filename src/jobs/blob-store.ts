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

/** Keeps named bytes of jobs. Names bear an epoch, so that no attempt writes over what another one has written. */
export interface BlobStore {
  create(owner: BlobOwner, name: string): Promise<BlobWriter>;
  /** The parts one behind the other, as far as the range goes; each is opened when its turn comes. */
  read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncIterable<Buffer>;
  /** Deletes all that a job has but the names that are kept, unfinished bytes too. */
  sweep(owner: BlobOwner, keep: ReadonlySet<string>): Promise<void>;
  /** Ids of the jobs that have something here, whoever made it. */
  jobs(): AsyncIterable<string>;
  /** Deletes all that a job has whose tenant nobody knows any more. */
  forget(job: string): Promise<void>;
}
