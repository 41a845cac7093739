/** The scanner port: cuts the bytes of one input into entities. */
import type { SluiceError } from '../terms/errors.js';
import type { ReadPlan } from '../terms/plan.js';
import type { Reject } from '../terms/receipt.js';

/** How a scanner reads one input. */
export interface ScanOptions extends ReadPlan {
  /** Name of the input, for errors. */
  readonly source: string;
  /** Every piece is used up before the next `reserve`, so that memory may be used again. */
  readonly recycle: boolean;
}

/** The entities that one step of scanning found, in the columns of a batch. */
export interface Piece {
  readonly bytes: Buffer;
  readonly byteOffset: number;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  /** Records found: `count` and the rejected ones. */
  readonly covers: number;
  readonly rejects: readonly Reject[];
  /** What is wrong behind the last of them; the scanner is at its end then. */
  readonly fault?: SluiceError;
  readonly singleLine: boolean;
  /** The last entity is a line without a newline behind it: it may have been cut. */
  readonly unended: boolean;
}

/** Finds entities in bytes that arrive in any chunks. The answer depends on the bytes alone, never on the chunks. */
export interface Scanner {
  /** Where the next bytes of the input are to be written, `size` of them at most. */
  reserve(size: number): Buffer;
  /**
   * Takes the first `length` bytes written to what `reserve` answered.
   * @param last no more bytes follow
   */
  advance(length: number, last: boolean): Piece;
}
