/** What travels between the encoder and the zip where a result is several files: their bytes, and where each ends. */

/** The end of a file; whatever comes behind it belongs to the next. */
export interface FileEnd {
  readonly kind: 'end';
  readonly records: number;
}

/** The end of a file whose bytes were counted. */
export interface MeasuredEnd extends FileEnd {
  readonly bytes: number;
  /** Hexadecimal SHA-256, where it was asked for. */
  readonly sha256?: string;
}

/** Bytes of a file, or its end. */
export type FilePiece<End extends FileEnd = FileEnd> = Buffer | End;
