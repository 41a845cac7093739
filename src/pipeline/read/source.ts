/** Where entities come from: the port that files, streams and object sources implement. */

import type { FileIdentity } from '../../terms/position.js';

/** JSON text, plain or gzip, read by pulling. */
export interface ByteInput {
  readonly kind: 'bytes';
  /** Name for errors: a path, or words. */
  readonly name: string;
  /**
   * The next bytes may be read while the last ones are scanned. Only for inputs whose reads settle by themselves, and
   * soon: when reading stops early, one may be under way, and is waited for.
   */
  readonly readsAhead?: boolean;
  /** Present where the input is a file that can be read from any byte on, now and by a later process. */
  readonly file?: SeekableFile;
  /** Writes the next bytes into the buffer and answers how many; 0 at the end. */
  read(into: Buffer): Promise<number>;
  /** Releases what the input holds; also called when reading stops early or failed. */
  close(): Promise<void>;
}

/** A file behind an input. */
export interface SeekableFile {
  readonly identity: FileIdentity;
  /** The next read begins at this byte. */
  seek(byteOffset: number): void;
}

/** Entities that are JavaScript objects already. */
export interface ObjectInput {
  readonly kind: 'objects';
  readonly name: string;
  readonly objects: AsyncIterable<unknown> | Iterable<unknown>;
}

/** One input of a source. */
export type Input = ByteInput | ObjectInput;

/** Names inputs, and opens them one after the other; each is closed before the next is opened. */
export interface Source {
  /** @param signal fires when nobody waits for the inputs any more: whatever is pending must settle */
  inputs(signal: AbortSignal): AsyncIterable<Input>;
  /** Bytes of all inputs together, as they lie there; undefined where nobody knows. */
  totalBytes?(): Promise<number | undefined>;
}
