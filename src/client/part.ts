/** What has come of a file that is being fetched. */

/** Takes the bytes of a file until it is whole. */
export interface Part {
  /** Bytes that are there. */
  readonly size: number;
  /** The tag of what this is a part of; undefined where it cannot be gone on with. */
  readonly etag: string | undefined;
  /** Begins anew. */
  restart(etag: string | undefined): Promise<void>;
  append(chunk: Uint8Array): Promise<void>;
  /** Hexadecimal SHA-256 of all bytes that are there. */
  digest(): string;
  /** The file is whole. */
  commit(overwrite: boolean): Promise<void>;
  /** Leaves no trace, as far as there may be none. */
  discard(): Promise<void>;
  /** Leaves what is there to a later call, where there may be one. After an end nothing happens. */
  close(): Promise<void>;
}
