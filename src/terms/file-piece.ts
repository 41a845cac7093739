/** Pieces between the encoder and the zip when a result is several files: their bytes, and the end of each. */

/** The end of a file; the pieces after it belong to the next file. */
export interface FileEnd {
  readonly kind: 'end';
  readonly records: number;
}

/** The end of a file whose bytes were counted. */
export interface MeasuredEnd extends FileEnd {
  readonly bytes: number;
  /** Hexadecimal SHA-256; absent unless a digest was requested. */
  readonly sha256?: string;
}

/** Bytes of a file, or its end. */
export type FilePiece<End extends FileEnd = FileEnd> = Buffer | End;
