/** The scanner port: cuts the bytes of one input into entities. */
import type { KnownLine } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { ReadPlan } from '../terms/plan.js';
import type { ScanPosition } from '../terms/position.js';
import type { Reject } from '../terms/receipt.js';

/** What filters behind will let pass, so that a scanner may leave out what they would drop anyway. */
export interface Prefilter {
  readonly ids?: readonly string[];
  /** In ASCII lower case; never the word for any type. */
  readonly types?: readonly string[];
  /** A number of 32 bits by chance, so that nobody can foresee which texts share a place in the table of them. */
  readonly seed?: number;
}

/** How a scanner reads one input. */
export interface ScanOptions extends ReadPlan {
  /** Name of the input, for errors. */
  readonly source: string;
  /** Absent: nothing is left out. What is left must still be filtered. */
  readonly prefilter?: Prefilter;
  /** Every piece is used up before the next `accept` or `reserve`, so that memory may be used again. */
  readonly recycle: boolean;
  /** The name of the input says that it is a document: nothing but white space is none. */
  readonly neverBlank?: boolean;
  /** The bytes were made of something else, so that their lines mean nothing to anyone. */
  readonly unnumbered?: boolean;
  /** Where an earlier scanner had come to: the bytes that are accepted begin there. Absent: at the beginning. */
  readonly from?: ScanPosition;
}

/** The entities that one step of scanning found, in the columns of a batch. */
export interface Piece {
  readonly bytes: Buffer;
  readonly byteOffset: number;
  readonly knownLine: KnownLine | undefined;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  /** Records found: `count`, the ones left out, and the rejected ones. */
  readonly covers: number;
  /** How many the prefilter has left out. */
  readonly filtered: number;
  /** How many of these do not bear the member that decides, */
  readonly absent: number;
  /** and in how many it is neither text nor a number. */
  readonly otherKind: number;
  readonly rejects: readonly Reject[];
  /** The members that lead to arrays of objects which are not the entities, where nobody has said which are. */
  readonly others: readonly (readonly string[])[];
  /** What is wrong behind the last of them; the scanner is at its end then. */
  readonly fault?: SluiceError;
  readonly singleLine: boolean;
  /** Where another scanner can go on behind this piece; absent where the input is not among its entities. */
  readonly next?: ScanPosition;
  /** The last entity is a line without a newline behind it: it may have been cut. */
  readonly unended: boolean;
}

/** Finds entities in bytes that arrive in any chunks. The answer depends on the bytes alone, never on the chunks. */
export interface Scanner {
  /**
   * Where the next bytes of the input are to be written, `size` of them at most. The room stays as it is until they
   * are accepted, so that a read may go on while what was accepted before is scanned.
   */
  reserve(size: number): Buffer;
  /** Takes the first `length` bytes written to what `reserve` answered. */
  accept(length: number): void;
  /**
   * Scans what was accepted.
   * @param last no more bytes follow
   */
  scan(last: boolean): Piece;
  /** Gives its memory back; with `recycle` its pieces are void then. */
  close(): void;
}
