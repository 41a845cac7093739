/** Where reading can be taken up again: plain data, so that it outlives the process. */

import type { Note } from './receipt.js';

/** How the entities follow one another in the input. */
export type InputForm = 'lines' | 'array' | 'document';

/** A place between two records of an input. */
export interface ScanPosition {
  /** Offset of the first byte behind the records before. */
  readonly byteOffset: number;
  /** Records before it. */
  readonly recordIndex: number;
  /** The line on which it lies, from 1; absent where lines mean nothing, as in rows of a table. */
  readonly line?: number | undefined;
  /** The form of the input as it was found, and the way to its entities. */
  readonly form: InputForm;
  readonly path: readonly string[];
  /** What stands there, in the array of an array or document. */
  readonly due?: ElementDue;
}

/** What may come between two elements of an array; an `-or-end` also takes the bracket that closes. */
export type ElementDue = 'element' | 'element-or-end' | 'element-comma-or-end';

/** A place between two records of a source. Not every source has such places: plain files do, and tables by their key. */
export interface SourcePosition {
  /** Which input of the source, counted from 0. */
  readonly input: number;
  /** A digest of the names of the inputs before it. */
  readonly before: string;
  readonly name: string;
  /** What tells the input from another one, and from itself after a change, as plain JSON. */
  readonly identity: unknown;
  /** Bytes of the inputs before it. */
  readonly bytesBefore: number;
  readonly scan: ScanPosition;
  /** What the input itself must know to go on there, as plain JSON; absent where the byte is enough. */
  readonly mark?: unknown;
}

/** Bytes of the source up to a place, those of the inputs before it too; what was read ahead lies behind it. */
export function bytesUpTo({ bytesBefore, scan }: SourcePosition): number {
  return bytesBefore + scan.byteOffset;
}

/** The place behind a batch, as long as its input is open. */
export interface Standing {
  readonly position: SourcePosition;
  /** Asks the input for all that a later process must know of the place. */
  keep(): Promise<KeptPlace>;
}

/** A place that outlives the process. */
export interface KeptPlace {
  readonly position: SourcePosition;
  /** What the input tells of how it was read so far. */
  readonly notes: readonly Note[];
}
