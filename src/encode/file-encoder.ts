/** The contract of encoders: entities to the bytes of one file of possibly several. */
import { stepsInTurns } from '../loop/turn.js';
import type { Batch } from '../terms/batch.js';
import type { Run } from '../terms/run.js';

/** The position in a file where entities go. */
export interface Place {
  /** The beginning of the file: the bytes begin with its head. */
  readonly first: boolean;
  /** Bytes that the file may still take, including its tail. */
  readonly room: number;
}

/** Some entities as bytes. */
export interface Encoded {
  readonly bytes: Buffer;
  /** Position in the batch after the last of them; the start position when not even one fits. */
  readonly to: number;
}

/** One format. It writes file after file and has no state between them. */
export interface FileEncoder {
  /** Its name in busy times, in one word. */
  readonly name: string;
  /**
   * Loads what a batch needs; called before its first entity is encoded. Undefined: nothing to wait for.
   * @throws SluiceError (rejects) `INVALID`
   */
  prepare?(batch: Batch): Promise<void> | undefined;
  /**
   * Encodes the entities of a batch in `[from, to)`, as many as there is room for; of objects possibly fewer, to yield
   * the event loop, but at least one that fits. The memory of earlier bytes may be reused. Of an encoder with
   * `encodeLarge`, not beyond a large entity.
   * @throws SluiceError `UNSERIALIZABLE`
   */
  encode(batch: Batch, from: number, to: number, place: Place): Encoded;
  /** Encodes the entity at a position in steps; undefined for one that is not large. Absent: none is. */
  encodeLarge?(batch: Batch, position: number, place: Place): Generator<void, Encoded> | undefined;
  /** The end of the file. @param empty whether it is the complete file, because nothing of it was made */
  end(empty: boolean): Buffer;
}

/** A place in a file of any size. */
export const UNBOUNDED: Readonly<Record<'first' | 'further', Place>> = {
  first: { first: true, room: Number.POSITIVE_INFINITY },
  further: { first: false, room: Number.POSITIVE_INFINITY },
};

/** Encodes entities of a batch from a position on; those that are large one by one, in turns of the event loop. */
export function encodeSome(
  encoder: FileEncoder,
  batch: Batch,
  from: number,
  to: number,
  place: Place,
  run: Run,
): Encoded | Promise<Encoded> {
  const steps = from < to ? encoder.encodeLarge?.(batch, from, place) : undefined;
  return steps ? stepsInTurns(steps, run) : encoder.encode(batch, from, to, place);
}
