/** What verification finds in an artefact, and what it is compared with. */
import type { FileReceipt } from '../terms/receipt.js';
import type { Envelope } from '../unpack/decode-envelope.js';

/** The kind of an artefact: plain entities, a workbook, compressed, in a zip, in an envelope, or several files in a folder. */
export type ArtefactKind = 'entities' | 'workbook' | 'gzip' | 'zstd' | 'zip' | 'envelope' | 'folder';

/** One file of an artefact. */
export interface VerifiedFile extends Omit<FileReceipt, 'records' | 'sha256'> {
  /** Absent for tables, whose lines do not show where a record begins. */
  readonly records?: number;
  /** Hexadecimal SHA-256 of its bytes. */
  readonly sha256: string;
}

/** The content of an artefact. Every record was read and checked, except those of tables. */
export interface Verification {
  /** What the artefact is, by its outermost form. */
  readonly kind: ArtefactKind;
  /** Absent when one of the files is a table, whose records are not counted. */
  readonly records?: number;
  /** The artefact as it was read; of a folder, its files one after the other. */
  readonly output: {
    /** Size. */
    readonly bytes: number;
    /** Hexadecimal SHA-256. */
    readonly sha256: string;
  };
  /** Without the manifest of an archive, with which they were compared. */
  readonly files: readonly VerifiedFile[];
  /** The members of the envelope; present exactly when `kind` is `envelope`. */
  readonly envelope?: Envelope;
}

/** The parts of a receipt that are compared with an artefact. */
export interface ExpectedReceipt {
  /** Records that the export wrote. */
  readonly written: number;
  /** The complete output; without a digest only its size is compared. */
  readonly output: {
    /** Size. */
    readonly bytes: number;
    /** Hexadecimal SHA-256. */
    readonly sha256?: string;
  };
  /** The files of the result. */
  readonly files: readonly FileReceipt[];
}
