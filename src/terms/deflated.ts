/** The port for bytes that are deflated before it is known what precedes them in their file. */

/** Bytes that are deflated: whole blocks of a stream that is not ended. */
export interface Deflated {
  readonly totals: DeflatedTotals;
  /** Where they begin in the spool. */
  readonly start: number;
  /** Their deflated bytes. */
  chunks(): AsyncIterable<Buffer>;
}

/** Sizes and checksum of deflated bytes. */
export interface DeflatedTotals {
  readonly uncompressed: number;
  readonly compressed: number;
  readonly crc32: number;
}

/** A deflating of pieces between two of them, or inside one; plain JSON. */
export interface DeflatingState extends DeflatedTotals {
  /** Where the piece in progress begins in the spool. */
  readonly start: number;
  /** The last bytes that were deflated, and those that are not yet, in base64. */
  readonly window: string;
  readonly pending: string;
}

/** Deflates one piece after the other. It has one caller, which awaits each call. */
export interface Deflating {
  /** Takes bytes of the piece, and keeps copies of them. */
  write(bytes: Buffer): Promise<void>;
  /** The piece is complete, and the next one begins. */
  end(): Promise<Deflated>;
  /** Moves what is deflated to the spool. @returns what a later process needs beside it */
  drain(): Promise<DeflatingState>;
  /** Continues after an earlier process, whose bytes are in the spool. */
  restore(state: DeflatingState): void;
  /** A piece of an earlier process. */
  pieceAt(start: number, totals: DeflatedTotals): Deflated;
  /** Discards everything. */
  close(): Promise<void>;
}
