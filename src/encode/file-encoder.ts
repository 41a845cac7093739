/** The contract of encoders: entities to the bytes of a file, which may be one of several. */
import type { Batch } from '../terms/batch.js';

/** Where entities go. */
export interface Place {
  /** Nothing of the file was made yet: what is answered begins with its head. */
  readonly first: boolean;
  /** Bytes that the file may still take, those of its end included. */
  readonly room: number;
}

/** Some entities as bytes. */
export interface Encoded {
  readonly bytes: Buffer;
  /** Position in the batch behind the last of them; the position it began at where not even one has room. */
  readonly to: number;
}

/** How one format writes entities. It takes the files in turn, and knows of none but the present one. */
export interface FileEncoder {
  /** In one word, for busy times. */
  readonly name: string;
  /**
   * Encodes the entities of a batch from one position to before another, or as many of them as there is room, and
   * for objects time, for: of those at least one that has room.
   * The memory of what it answered before may be used again.
   * @throws SluiceError `UNSERIALIZABLE`
   */
  encode(batch: Batch, from: number, to: number, place: Place): Encoded;
  /** What ends the file; the whole of it where nothing was made of it before. */
  end(empty: boolean): Buffer;
}

/** A place in a file of any size. */
export const UNBOUNDED: Readonly<Record<'first' | 'further', Place>> = {
  first: { first: true, room: Number.POSITIVE_INFINITY },
  further: { first: false, room: Number.POSITIVE_INFINITY },
};
