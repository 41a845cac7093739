/** The port for bytes that are deflated before it is known what precedes them in their file. */

/** Bytes that are deflated: whole blocks of a stream that is not ended. */
export interface Deflated {
  readonly totals: DeflatedTotals;
  /** Their deflated bytes. */
  chunks(): AsyncIterable<Buffer>;
}

/** Sizes and checksum of deflated bytes. */
export interface DeflatedTotals {
  readonly uncompressed: number;
  readonly compressed: number;
  readonly crc32: number;
}

/** Deflates one piece after the other. It has one caller, which awaits each call. */
export interface Deflating {
  /** Takes bytes of the piece, and keeps copies of them. */
  write(bytes: Buffer): Promise<void>;
  /** The piece is complete, and the next one begins. */
  end(): Promise<Deflated>;
  /** Discards everything. */
  close(): Promise<void>;
}
