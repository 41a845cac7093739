/** The downloaded part of a file. */

/** Receives the bytes of a file until it is complete. */
export interface Part {
  /** Size of the part. */
  readonly size: number;
  /** The tag of the file; undefined if the download cannot be resumed. */
  readonly etag: string | undefined;
  /** Restarts. */
  restart(etag: string | undefined): Promise<void>;
  append(chunk: Uint8Array): Promise<void>;
  /** Hexadecimal SHA-256 of the part. */
  digest(): string;
  /** Completes the file. */
  commit(overwrite: boolean): Promise<void>;
  /** Deletes the part, where possible. */
  discard(): Promise<void>;
  /** Keeps the part for a later call, where possible. No effect after the end. */
  close(): Promise<void>;
}
