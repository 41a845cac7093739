/** Positions at which reading can resume: plain data that outlives the process. */

import type { Path } from './path.js';
import type { Note } from './receipt.js';

/** How entities follow one another in the input. */
export type InputForm = 'lines' | 'sequence' | 'array' | 'document';

/** A position between two records of an input. */
export interface ScanPosition {
  /** Offset of the first byte after the records before it. */
  readonly byteOffset: number;
  /** Records before it. */
  readonly recordIndex: number;
  /** Its line, from 1; absent where lines mean nothing, as in rows of a table. */
  readonly line?: number | undefined;
  /** The form of the input that was detected, and the path to its entities. */
  readonly form: InputForm;
  readonly path: Path;
  /** What is due there: in the array or object of a document, or in a sequence. */
  readonly due?: ElementDue | SequenceDue;
  /** What is open around the entities, outermost first; absent: objects. */
  readonly opened?: readonly Opened[];
}

/** A value that is open at a position in a document. */
export type Opened = 'object' | 'array';

/**
 * What may come between two elements of an array, or two members of an object; `-or-end` also accepts the closing
 * bracket.
 */
export type ElementDue =
  | 'element'
  | 'element-or-end'
  | 'element-comma-or-end'
  | 'member'
  | 'member-or-end'
  | 'member-comma-or-end';

/**
 * What may come between two values of a sequence: where a `comma` may, and whether the values are in brackets that are
 * `open`, `closed`, or in none (`bare`) of which the last closed (`ended`).
 */
export type SequenceDue = 'start' | `${'bare' | 'open'}${'' | '-comma'}` | 'closed' | 'ended';

/** A position between two records of a source. Plain files have them, and tables by their key; not every source does. */
export interface SourcePosition {
  /** The input of the source, counted from 0. */
  readonly input: number;
  /** A digest of the names of the inputs before it. */
  readonly before: string;
  readonly name: string;
  /** Identifies the input and its state, as plain JSON: another input or a changed one differs. */
  readonly identity: unknown;
  /** Bytes of the inputs before it. */
  readonly bytesBefore: number;
  readonly scan: ScanPosition;
  /** Bytes of the input as it is stored, before the place from which reading continues; absent: the offset in `scan`. */
  readonly storedBytes?: number;
  /** What the input itself needs to continue there, as plain JSON; absent where the byte is enough. */
  readonly mark?: unknown;
}

/** Bytes of the source up to a position, including the inputs before it, without what was read ahead. */
export function bytesUpTo({ bytesBefore, scan, storedBytes = scan.byteOffset }: SourcePosition): number {
  return bytesBefore + storedBytes;
}

/** The position after a batch, while its input is open. */
export interface ResumePoint {
  readonly position: SourcePosition;
  /** Completes the position with what a later process needs from the input. */
  keep(): Promise<KeptPlace>;
}

/** A position that outlives the process. */
export interface KeptPlace {
  readonly position: SourcePosition;
  /** Notes of the input on how it was read so far. */
  readonly notes: readonly Note[];
}
